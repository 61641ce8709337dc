"""Error codes of the ProjectMan API.

A missing project is HTTP 404, unlike in the Build API: the Terraform provider takes only that for "gone".
"""

from bottega import errors
from bottega.http.errors import Codes

CODES: Codes = {
    errors.Invalid: (400, "PM.00000001"),
    errors.Conflict: (400, "PM.00000001"),
    errors.NotFound: (404, "PM.00000404"),
    errors.Forbidden: (403, "PM.00000403"),
    errors.Unavailable: (503, "PM.00000503"),
}
