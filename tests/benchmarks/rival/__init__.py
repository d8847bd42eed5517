"""What the REST API is measured beside: Django REST framework, its keys, and a bare Django view.

A Django project of its own, served from `.venv/bench`. It never meets the portal's settings.
"""
