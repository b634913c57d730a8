#!/opt/conda/bin/python
"""The default command: the single-user server where a hub started the container, JupyterLab otherwise."""

import os
import sys

program = ["jupyterhub-singleuser"] if "JUPYTERHUB_API_TOKEN" in os.environ else ["jupyter", "lab"]
print("start-notebook.py:", *program, *sys.argv[1:], flush=True)
os.execvp(program[0], program + sys.argv[1:])
