"""The operations about dependency caches. They are ours: CodeArts Build clears its cache from within a build."""

from litestar import Router

from bottega.build.api.families import v1
from bottega.caches.api.lists import delete_caches, list_caches
from bottega.caches.api.runners import ROUTER as FOR_RUNNERS

ROUTES: list[Router] = [v1([list_caches, delete_caches]), FOR_RUNNERS]
