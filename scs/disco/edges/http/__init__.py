"""HTTP in front of a disco server, for scripts, monitoring and people. It only reads: nothing is registered here.

| module | what it is |
|---|---|
| `guarding` | who asks, and what it may see; refusals as JSON |
| `asked` | what a request asks for, from its path and its query string |
| `catalog` | `/v1/catalog`: all that is provided and required |
| `watching` | `/v1/watch`: one question, answered when the answer is another |
| `live` | `/v1/overview`: all that the page shows, as it changes |
| `metrics` | `/metrics`: for Prometheus |
| `old` | the paths of the first prototype |
| `page.html` | `/`: the page for people |
| `doors` | how many may come, and for how long they may say nothing |
| `listening` | all of these on a port |
"""
