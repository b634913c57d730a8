//! Scopes: JupyterHub's grammar of rights. Placeholder face; see the submodules.
