"""``make run``: the embedded PostgreSQL, the servers as child processes, and the welcome.

Production never imports it.
"""
