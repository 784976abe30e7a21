"""How facts come in: one connector a service, each a stream of pages."""
