"""Words of other dialects of build.yml, and what to write instead.

Public repositories have files of an older format ("CloudBuild2.0"), which no documentation describes. They are refused
with a sentence for each word that is known from it.
"""

TOP_LEVEL = {
    "PRE_BUILD": "PRE_BUILD belongs below steps",
    "BUILD": "BUILD belongs below steps",
    "POST_BUILD": "there is no POST_BUILD in version 2.0: put these steps at the end of steps.BUILD",
    "build_execute": "there is no build_execute in version 2.0: write the command as a step sh of steps.BUILD",
    "notifications": "notifications are not part of version 2.0: set notices at the build task, and remove this",
    "resource": "resource belongs below env",
    "cache": "cache belongs below env",
    "condition": "a condition belongs to an item of envs or buildflows",
}

BLOCKS = {
    "POST_BUILD": TOP_LEVEL["POST_BUILD"],
    "build_execute": TOP_LEVEL["build_execute"],
}

ENVIRONMENT = {
    "label": "env.label is not part of version 2.0: write env.resource with type, arch and class, "
    "or with type: custom and pool",
}

_CHECKOUT = "write checkout, with url and branch below inputs"
ACTIONS = {
    "codehub": f"there is no step codehub in version 2.0: {_CHECKOUT}",
    "gitlab": f"there is no step gitlab in version 2.0: {_CHECKOUT}",
    "github": f"there is no step github in version 2.0: {_CHECKOUT}",
    "git": f"there is no step git in version 2.0: {_CHECKOUT}",
    "build_execute": "there is no step build_execute in version 2.0: write sh, with command below inputs",
    "shell": "there is no step shell: write sh, with command below inputs",
}
