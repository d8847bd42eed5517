"""The portal's server: waitress, with deadlines for whole requests and limits of connections."""
