"""The kernel: model, statements, store, access and exports."""
