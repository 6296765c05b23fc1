"""From text to desired: reads manifests into frozen values. Pure: what it reads comes through `sources`.

`load` runs the stages, each a package: `syntax` (text to a tree), `schema` (the tree held to its JSON Schema),
`compile` (its parts to values), `consistency` (whether the roles agree). `desired` puts the last two together.
"""
