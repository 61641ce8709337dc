"""What may be seen of a URL that gives the right to post."""

from hypothesis import given
from hypothesis import strategies as st

from bottega.notify.channels import POSTED, Channel
from bottega.notify.target import MASK, Target, seal, unseal
from bottega.store.secrets import SecretBox

keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=40)


def test_the_values_of_the_query_are_masked() -> None:
    target = Target(url="https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789&x=1")
    shown = f"https://oapi.dingtalk.com/robot/send?access_token={MASK}&x={MASK}"
    assert target.shown(Channel.DING_TALK) == shown


def test_the_end_of_the_path_is_masked_where_it_is_the_key() -> None:
    target = Target(url="https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d")
    assert target.shown(Channel.FEISHU) == f"https://open.feishu.cn/open-apis/bot/v2/hook/{MASK}"
    assert Target(url="http://h/").shown(Channel.WEBHOOK) == "http://h/"
    assert Target(url="http://h").shown(Channel.WEBHOOK) == "http://h"
    assert Target(url="http://h/a/b/").shown(Channel.WEBHOOK) == f"http://h/a/{MASK}"
    assert Target(url="http://h/?bare").shown(Channel.WEBHOOK) == f"http://h/?{MASK}"


@given(key=keys, secret=keys, channel=st.sampled_from(sorted(POSTED)))
def test_neither_key_nor_secret_is_ever_shown(key: str, secret: str, channel: Channel) -> None:
    url = f"https://chat.example/x?q={key}"
    if channel in {Channel.FEISHU, Channel.WEBHOOK}:
        url = f"https://chat.example/x/{key}"
    target = Target(url=url, secret=secret)
    assert key not in target.shown(channel)
    assert secret not in target.shown(channel)
    said = target.without_secrets(f"no robot {key} or {url}: sign {secret} is wrong")
    assert key not in said
    assert secret not in said


def test_a_target_is_sealed_and_comes_back_whole() -> None:
    box = SecretBox(b"k" * 32)
    target = Target(url="https://h/?k=0123456789", secret="SECRET0123", mention=("a", "b"))
    sealed = seal(box, target)
    assert b"SECRET0123" not in sealed
    assert b"0123456789" not in sealed
    assert unseal(box, sealed) == target


def test_messages_to_one_place_share_a_lane_whatever_they_are_signed_with() -> None:
    first, second = Target(url="https://h/a"), Target(url="https://h/a", secret="x")
    assert first.lane == second.lane != Target(url="https://h/b").lane
