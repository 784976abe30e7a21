"""When it happens: the plain steps of the pipeline, and the Prefect flows over them."""
