"""What people and programs read of a run: the report's model, how it is written, and one module a rendering."""
