"""Refusals about templates that have an error code of their own."""

from bottega.errors import NotFound


class TemplateNotFound(NotFound):
    """No such template in the caller's tenant, and none of that id came along."""

    def __init__(self, template_id: str) -> None:
        super().__init__("template", template_id)
