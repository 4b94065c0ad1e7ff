"""Grades FastAPI code challenges in locked containers."""

__version__ = "0.1.0"
