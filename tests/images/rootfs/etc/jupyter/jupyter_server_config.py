"""Settings of every server in the image: all addresses, no browser, deleting is deleting."""

c = get_config()  # noqa: F821 (given by Jupyter)
c.ServerApp.ip = ""
c.ServerApp.open_browser = False
c.FileContentsManager.delete_to_trash = False
