"""The web page: `nvq-planner app`, or `streamlit run app.py`."""

from planner.ui import router

router.run()
