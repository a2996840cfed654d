"""Every surface for people: the command line and the Streamlit pages."""
