"""The names of audit events (reference, section 7.7, and our own in the same style)."""

from enum import StrEnum


class AuditName(StrEnum):
    """What was done. The first twelve are those of CodeArts Build."""

    CREATE_JOB = "createJob"
    BUILD_JOB = "buildJob"
    DELETE_JOB = "deleteJob"
    UPDATE_JOB = "updateJob"
    DISABLE_JOB = "disableJob"
    ENABLE_JOB = "enableJob"
    UPLOAD_KEYSTORE = "uploadKeystore"
    UPDATE_KEYSTORE = "updateKeystore"
    DELETE_KEYSTORE = "deleteKeystore"
    CREATE_TEMPLATE = "createCustomTemplate"
    DELETE_TEMPLATE = "deleteCustomTemplate"
    UPLOAD_REPORT = "uploadReport"

    STOP_JOB = "stopJob"
    STOP_TIMER = "stopTimer"
    CREATE_HOOK = "createWebhook"
    ROTATE_HOOK = "rotateWebhook"
    DELETE_HOOK = "deleteWebhook"
    PUBLISH_BADGE = "publishBadge"
    REVOKE_BADGE = "revokeBadge"
    RESTORE_JOB = "restoreJob"
    PURGE_JOB = "purgeJob"
    MOVE_JOB = "moveJob"
    UPDATE_PERMISSION = "updatePermission"
    UPDATE_NOTICE = "updateNotice"
    UPDATE_KEEP_TIME = "updateKeepTime"
    CREATE_GROUP = "createGroup"
    UPDATE_GROUP = "updateGroup"
    DELETE_GROUP = "deleteGroup"
    UPDATE_KEYSTORE_PERMISSION = "updateKeystorePermission"
    DOWNLOAD_KEYSTORE = "downloadKeystore"
    DELETE_ARTIFACTS = "deleteArtifacts"
    CREATE_PROJECT = "createProject"
    UPDATE_PROJECT = "updateProject"
    DELETE_PROJECT = "deleteProject"
    ADD_MEMBER = "addMember"
    UPDATE_MEMBER = "updateMember"
    DELETE_MEMBER = "deleteMember"


class AuditKind(StrEnum):
    """The type of the thing it was done to."""

    JOB = "job"
    GROUP = "group"
    KEYSTORE = "keystore"
    TEMPLATE = "template"
    PROJECT = "project"
    MEMBER = "member"
    TENANT = "tenant"
