"""Pages, run by Streamlit one at a time (the folder may not be called pages/: that name is taken)."""
