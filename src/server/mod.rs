//! Room 8: puts it together. State, table of routes, order of middleware, TLS, health, shutdown.
