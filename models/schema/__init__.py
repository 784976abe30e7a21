"""The tables, one module a subject. Every statement over them stands in models/store/."""
