"""How gunicorn serves: settings only, the program is `notes`."""

import os

bind = "0.0.0.0:8000"
workers = 2
threads = 4
accesslog = "-"
worker_tmp_dir = "/dev/shm"
graceful_timeout = 8
reload = os.environ.get("RELOAD") == "yes"
