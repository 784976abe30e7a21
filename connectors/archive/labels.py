"""Which mail an archive holds but nobody sent or kept: spam, trash, drafts, in the words mail programs use."""

from __future__ import annotations

from connectors.addresses import decoded

_NAMES = {
    "spam": (
        "spam|junk|junk-e-mail|junk e-mail|junk email|bulk mail|unerwünscht|courrier indésirable|correo no "
        "deseado|posta indesiderata|lixo "
        "eletrônico|ongewenst|skräppost|spamposten|roskaposti|спам|垃圾邮件|迷惑メール|스팸함"
    ),
    "trash": (
        "trash|bin|deleted|deleted items|deleted messages|papierkorb|gelöschte "
        "elemente|corbeille|papelera|elementos eliminados|cestino|posta "
        "eliminata|lixeira|prullenbak|kosz|papperskorgen|papirkurv|papirkurven|roskakori|корзина|çöp "
        "kutusu|已删除邮件|ゴミ箱|휴지통"
    ),
    "draft": (
        "draft|drafts|entwurf|entwürfe|brouillon|brouillons|borradores|bozze|rascunhos|concepten|wersje "
        "robocze|utkast|kladder|luonnokset|черновики|taslaklar|草稿|下書き|임시보관함"
    ),
}
_REASON_OF = {name: reason for reason, names in _NAMES.items() for name in names.split("|")}
_memo: dict[str, str | None] = {}
_MEMO_LIMIT = 10_000


def reason_for_folder(name: str) -> str | None:
    """Why mail in a folder of this name does not count ("spam", "trash", "draft"); None where it does."""
    return _REASON_OF.get(name.strip().strip(".").lower())


def reason_for_labels(header: str) -> str | None:
    """The same for an X-Gmail-Labels header: labels parted by commas, perhaps encoded words; None where it counts."""
    if header in _memo:
        return _memo[header]
    reason = None
    for label in decoded(header).split(","):
        reason = reason or reason_for_folder(label.strip().strip('"'))
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
    _memo[header] = reason
    return reason
