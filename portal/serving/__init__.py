"""The portal's server: threads that see a request only once it is whole."""
