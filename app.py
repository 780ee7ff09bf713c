"""The web page: `nvq-planner app`, or `streamlit run app.py`."""

from planner.pages import router

router.run()
