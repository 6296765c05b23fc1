"""The three examples on real engines: built, brought up, used, applied again, changed, taken away."""

from __future__ import annotations

import re
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.examples.state import ENVIRONMENT, MANIFESTS
from tests.testbed import commands
from tests.testbed.host import Done, Host

BUILD_SECONDS = 900.0
heavy = pytest.mark.xdist_group("images")
"""On one worker, whose engine keeps what it has built."""


def apply(host: Host, *arguments: str) -> Done:
    done = host.scs("apply", *arguments, cwd=MANIFESTS, env=ENVIRONMENT, timeout=BUILD_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def settled(host: Host, *arguments: str) -> None:
    """The second apply changes nothing, and says nothing else."""
    before = host.docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.CreatedAt}}")
    again = apply(host, *arguments)
    assert again.stdout.endswith(": nothing to do\n")
    assert again.stderr == ""
    assert host.docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.CreatedAt}}") == before


def get(url: str) -> str:
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(url, timeout=30, context=careless) as answer:
        return str(answer.read().decode())


@heavy
def test_hello_answers_with_its_title(host: Host) -> None:
    apply(host, "hello/hello.yaml", "--set", "containers.web.image.config.title=Good day")
    assert "Good day" in get(f"http://{host.address}:8081/")
    settled(host, "hello/hello.yaml", "--set", "containers.web.image.config.title=Good day")


class Blog:
    """The blog on a host of the test bed, as its readers and its administrator see it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.manifest = ("blog/blog.yaml", "--set", f"vars.data={host.folder}/blog")
        self.url = f"http://{host.address}:8080"

    def comment(self, text: str) -> None:
        page = get(f"{self.url}/welcome/")
        post = re.search(r"name='comment_post_ID' value='(\d+)'", page)
        assert post, page
        form = {"comment": text, "author": "A reader", "email": "reader@example.org", "comment_post_ID": post[1]}
        request = urllib.request.Request(
            f"{self.url}/wp-comments-post.php", urllib.parse.urlencode(form).encode(), {"Referer": self.url}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200

    def on_replica(self, statement: str) -> str:
        return self.host.docker(
            "exec", "dev-blog-replica-1", "mariadb", "--batch", "--skip-column-names", "wordpress", "-e", statement
        )

    def replicates(self, text: str) -> bool:
        query = f"select count(*) from wp_comments where comment_content = '{text}'"
        return commands.wait_until(lambda: self.on_replica(query) == "1", timeout=30)


@heavy
def test_the_blog_is_wordpress_with_a_post_and_comments_reach_the_replica(host: Host) -> None:
    blog = Blog(host)
    apply(host, *blog.manifest)
    front = get(blog.url)
    assert "<title>My blog</title>" in front
    assert '<meta name="generator" content="WordPress ' in front
    assert "Welcome to My blog" in front
    blog.comment("First!")
    assert blog.replicates("First!")
    settled(host, *blog.manifest)

    # A changed database is replaced, and its data is still there.
    changed = (*blog.manifest, "--set", "containers.db.env.CHANGED=1")
    done = apply(host, *changed)
    assert done.stdout == "dev/blog: done: 1 replaced\n"
    assert "First!" in get(f"{blog.url}/welcome/")

    # Power that went: everything is started again, in order.
    host.docker("kill", "dev-blog-web-1", "dev-blog-replica-1", "dev-blog-db-1")
    assert apply(host, *changed).stdout == "dev/blog: done: 3 started\n"
    assert "First!" in get(f"{blog.url}/welcome/")
    settled(host, *changed)

    # The data outlives the containers.
    host.scs("destroy", *changed, "--yes", cwd=MANIFESTS, env=ENVIRONMENT)
    assert host.docker("ps", "-aq") == ""
    apply(host, *changed)
    assert "First!" in get(f"{blog.url}/welcome/")
    assert blog.replicates("First!")


@heavy
def test_the_site_keeps_notes_behind_tls_on_static_addresses(host: Host, tmp_path: Path) -> None:
    subprocess.run([MANIFESTS / "site/make-tls", tmp_path / "tls"], check=True, capture_output=True)
    manifest = ("site/site.yaml", "--set", f"vars.data={host.folder}/site", "--set", f"vars.tls={tmp_path}/tls")
    apply(host, *manifest)
    url = f"https://{host.address}:8443"
    assert get(f"{url}/static/style.css") == (MANIFESTS / "site/images/nginx/static/style.css").read_text()
    shown = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    names = ("dev-site-db-1", "dev-site-app-1", "dev-site-nginx-1")
    addresses = {name: host.docker("inspect", "--format", shown, name) for name in names}
    assert addresses == {
        "dev-site-db-1": "10.11.13.2",
        "dev-site-app-1": "10.11.13.3",
        "dev-site-nginx-1": "10.11.13.4",
    }
    settled(host, *manifest)

    # With dev.yaml the code is mounted and the image built with another argument; the notes stay.
    apply(host, "site/site.yaml", "site/dev.yaml", *manifest[1:])
    mounts = host.docker("inspect", "--format", "{{range .Mounts}}{{.Destination}} {{end}}", "dev-site-app-1")
    assert "/srv/app" in mounts.split()
    assert "<html" in get(url).lower()
