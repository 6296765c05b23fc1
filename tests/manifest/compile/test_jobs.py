"""Jobs as manifests write them, and who may wait for them."""

from __future__ import annotations

import pytest

from scs.cli import graph
from scs.manifest import static
from scs.model.container import After, Job, Restart
from scs.model.files import Fixed
from tests.manifest import world

BLOG = """
    scs: 1
    service: blog
    containers:
      db: {image: mariadb, provides: {mysql: {port: 3306}}}
      web: {image: "blog:1", after: [{role: migrate, condition: completed}]}
    jobs:
      migrate:
        image: "blog:1"
        command: [blog, migrate]
        requires: {mysql: {role: db}}
        volumes: {/dumps: {type: docker}}
        inputs: {schema: 14, strict: true}
        timeout: 1h
"""


def changed(old: str, new: str) -> str:
    assert old in BLOG
    return BLOG.replace(old, new)


def test_a_job_is_one_container_that_is_not_started_again() -> None:
    (migrate,) = world.compiled(BLOG).jobs
    assert migrate.name == "default-blog-migrate-1"
    assert migrate.restart == Restart(policy="no")
    assert migrate.job == Job(inputs={"schema": "14", "strict": "true"}, timeout=3600.0)
    assert [mount.volume for mount in migrate.mounts] == ["default-blog-migrate-dumps"]


def test_a_job_has_ten_minutes_and_no_inputs_unless_the_manifest_says_otherwise() -> None:
    (migrate,) = world.compiled(changed("inputs: {schema: 14, strict: true}", "").replace("timeout: 1h", "")).jobs
    assert migrate.job == Job(timeout=600.0)


def test_a_role_waits_for_a_job_to_be_completed() -> None:
    web = world.compiled(BLOG).called("web")[0]
    assert web.after == (After(role="migrate", condition="completed"),)


def test_inputs_decide_what_a_job_is_and_its_timeout_does_not() -> None:
    digests = {
        text: world.compiled(text).jobs[0].digest
        for text in (BLOG, changed("14", "15"), changed("1h", "2h"), changed("[blog, migrate]", "[blog, check]"))
    }
    assert len(set(digests.values())) == 3
    assert digests[BLOG] == digests[changed("1h", "2h")]


def with_files(files: str) -> str:
    """The job with a password and with these files."""
    whole = changed("service: blog", "service: blog\n    secrets: {password: {file: /etc/blog/password}}")
    return whole.replace("timeout: 1h", f"timeout: 1h\n        secrets: {{password: {{}}}}\n        files: {{{files}}}")


def test_a_job_has_secrets_and_files_as_a_container_has_them() -> None:
    (migrate,) = world.compiled(with_files("/etc/blog.conf: {content: 'level: 1'}")).jobs
    assert [one.secret for one in migrate.secrets] == ["password"]
    assert [(one.path, one.content) for one in migrate.files] == [("/etc/blog.conf", Fixed(text="level: 1"))]


def test_another_file_is_another_content_of_a_job_unless_it_is_to_be_ignored() -> None:
    def digest(content: str, on_change: str) -> object:
        entry = f"/etc/blog.conf: {{content: '{content}', on_change: {on_change}}}"
        return world.compiled(with_files(entry)).jobs[0].digest

    assert digest("1", "recreate") != digest("2", "recreate")
    assert digest("1", "ignore") == digest("2", "ignore")


@pytest.mark.parametrize(("said", "column"), [("restart", 41), ("{signal: HUP}", 30), ("[migrate, --reload]", 41)])
def test_nothing_can_be_done_to_a_job_when_a_file_of_it_changes(said: str, column: int) -> None:
    (mistake,) = world.mistakes(with_files(f"/a: {{content: x, on_change: {said}}}"))
    assert mistake == (
        f'blog.yaml:16:{column}: jobs.migrate.files."/a".on_change: a job is neither restarted nor told of a new file '
        "(take it out, so that another content runs the job again, or write on_change: ignore)"
    )


def test_a_job_provides_nothing_of_what_its_image_does() -> None:
    image = "scs: 1\nimage: blog\nbase: {debian: bookworm}\nprovides: {http: {port: 80, check: {http: /}}}\n"
    source = changed('migrate:\n        image: "blog:1"', "migrate:\n        image: {manifest: blog}")
    (migrate,) = world.compiled(source, files={"blog/image.yaml": image}).jobs
    assert migrate.provides == ()
    assert migrate.checks == ()


def test_a_job_is_in_the_static_form_and_a_manifest_without_one_says_nothing_of_it() -> None:
    (shown,) = static.static(world.compiled(BLOG))["jobs"]
    assert shown["inputs"] == {"schema": "14", "strict": "true"}
    assert shown["timeout"] == 3600.0
    assert "jobs" not in static.static(world.compiled("scs: 1\nservice: blog\ncontainers: {}\n"))


def test_the_graph_shows_a_job_and_who_waits_for_it() -> None:
    assert list(graph.as_text(world.compiled(BLOG))) == [
        "default/blog",
        "  db (mariadb)",
        "    provides mysql on 3306/tcp",
        "    network default-blog-default",
        "  web (blog:1)",
        "    after migrate (completed)",
        "    network default-blog-default",
        "  job migrate (blog:1)",
        "    requires mysql of db",
        "    volume default-blog-migrate-dumps at /dumps",
        "    network default-blog-default",
    ]


def test_what_a_job_cannot_have_is_refused_with_what_to_do_instead() -> None:
    source = changed("timeout: 1h", 'schedule: "0 3 * * *"\n        restart: always\n        replicas: 2')
    assert world.mistakes(source) == [
        "blog.yaml:13:5: jobs.migrate: unknown key 'schedule' "
        "(reserved for the agent, which this release does not have)",
        "blog.yaml:14:5: jobs.migrate: unknown key 'restart' (leave it out: a job is not started again by itself)",
        "blog.yaml:15:5: jobs.migrate: unknown key 'replicas' (leave it out: a job is one container)",
    ]


def test_a_job_and_a_role_cannot_have_one_name() -> None:
    source = "scs: 1\nservice: blog\ncontainers: {web: {image: nginx}}\njobs:\n  web: {image: nginx}\n"
    assert world.mistakes(source) == [
        "blog.yaml:5:3: jobs.web: containers.web (blog.yaml:3:14) is called so too (give the job another name)"
    ]


def test_only_a_job_is_completed_and_it_is_nothing_else() -> None:
    source = """
        scs: 1
        service: blog
        containers:
          a: {image: nginx, after: [migrate]}
          b: {image: nginx, after: [{role: migrate, condition: healthy}]}
          c: {image: nginx, after: [{role: a, condition: completed}]}
          d: {image: nginx, after: [{role: migrat, condition: completed}]}
        jobs:
          migrate: {image: nginx}
    """
    assert world.mistakes(source) == [
        "blog.yaml:4:29: containers.a.after[0]: 'migrate' is a job (write {role: migrate, condition: completed})",
        "blog.yaml:5:56: containers.b.after[0].condition: 'migrate' is a job "
        "(write {role: migrate, condition: completed})",
        "blog.yaml:6:50: containers.c.after[0].condition: 'a' is a role, which does not end "
        "(write {role: a, condition: started})",
        "blog.yaml:7:36: containers.d.after[0].role: there is no job 'migrat' in this manifest "
        "(did you mean 'migrate'?)",
    ]


def test_jobs_and_roles_that_wait_for_each_other_are_named_in_full() -> None:
    source = changed("db: {image: mariadb,", "db: {image: mariadb, after: [{role: migrate, condition: completed}],")
    assert world.mistakes(source) == [
        "blog.yaml:4:3: containers.db: these roles and jobs wait for each other: db -> migrate -> db "
        "(let one go on without the other: optional: true at its requirement, or take it out of after:)"
    ]
