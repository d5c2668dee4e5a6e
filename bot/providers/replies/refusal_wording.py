"""The words of services that refuse to draw something, in English and Chinese. Patterns only.

What each means stands in docs/spec/replies.md section 2.
"""

from __future__ import annotations

# What services do not draw, and how they say so; both in one clause are a refusal.
_TOPIC = (
    r"(\b(nsfw|unsafe|(?<!case[- ])sensitive|inappropriate|offensive|adult|sexual\w*|nud(e|ity)"
    r"|violence|gore|hate(ful)?|harmful|minors|celebrit\w+|public figures?|real (people|persons?)"
    r"|copyright\w*|trademarks?|likeness\w*)\b)"
)
_REFUSING = (
    r"(\b(not (be )?(allowed|permitted|comply)|refus\w+|reject\w+|block(ed|s)|filtered|flagged"
    r"|moderated|violat\w+|detected|contain(s|ing)?|infring\w+|may be|thinks?)\b)"
)
_CLAUSE = r"[^.;\n]{0,60}?"
_CHINESE = (
    r"敏感|违规|违禁|违法|不合规|内容(安全|审核|过滤)|安全(策略|审核|检测)|不良(信息|内容)"
    r"|不(适当|当|适宜|安全|雅)的?内容|风控|风险控制"
    r"|(内容|输入|文本|提示词|图[片像]?).{0,10}(风险|被?拦截|违反)|法律法规|社区(规范|准则|公约)"
    r"|屏蔽词|侵权|版权|(审核|审查)(未|不|没有?)?(通过|失败|拒绝)|未通过.{0,6}(审核|审查)"
    r"|色情|涉黄|涉政|血腥|暴力|名人|公众人物|真实人物"
    r"|(无法|不能|拒绝)(为您)?(生成|创作|提供|完成)(此类|这类|该类|这样的|相关)"
)
# Who refuses, or what: none of these stands in the name of an option (`moderation`,
# `safety_identifier`, `safety_tolerance`).
FILTER = (
    r"safety[ _-]?(system|filter|checker|check|settings?|polic|guideline|standard|reason|"
    r"violation|error)"
    r"|guard[ -]?rails?\b"
    r"|content[ _-](polic|filter(?!_level)|filtering|moderation|safety|violation|guideline|"
    r"management polic|restriction)"
    r"|responsible[ _]?ai"
    r"|(usage|acceptable use|use|community|platform|our|these?) (polic(y|ies)|guidelines|"
    r"standards)\b"
    r"|(blocked|rejected|refused|flagged|denied|stopped|caught|filtered)(:| by| for| as| due to) "
    r"(\w+ ){0,4}(moderation|safety|policy|policies|filters?|nsfw|unsafe|sensitive|harmful|"
    r"sexual|violence)"
    r"|moderation[ _](system|filter|check|polic|refus|reject|fail|block|violation)"
    r"|(input|prompt|request|image|content|text|output) (\w+ ){0,3}(was|were|is|has been|got) "
    r"(\w+ ){0,2}(flagged|moderated)|flagged_input"
    r"|(contains?|containing|contained|detected|including|includes?) (\w+ ){0,4}"
    r"(sensitive|prohibited|inappropriate|unsafe|nsfw|forbidden|harmful|explicit|banned) "
    r"(\w+ ){0,2}(content|information|words?|material|terms?|images?|text|elements?)"
    r"|\bnsfw\b|(sensitive|inappropriate|unsafe|prohibited|disallowed|objectionable) "
    r"(content|words?|information|material|prompt|image)"
    r"|moderation_blocked|content_policy_violation|sensitive_words|prompt_blocked"
    r"|SensitiveContentDetected|RiskDetection|PROHIBITED_CONTENT|IMAGE_SAFETY|\bblock_?reason"
    rf"|{_TOPIC}{_CLAUSE}{_REFUSING}|{_REFUSING}{_CLAUSE}{_TOPIC}"
    r"|\b(request|content|prompt|input|output|image|text) moderated\b|\brisk[ _](control|not pass)"
    r"|\b(prompt|input|output|text|image) (new_)?sensitive\b"
    r"|\b(banned|blocked|filtered|disallowed|prohibited) (prompts?|words?|terms?)\b"
    r"|\bwords? (\w+ ){0,3}not allowed|invalid prompts? detected"
    r"|(violat\w+|comply|against|breach\w*) (\w+ ){0,4}terms of (service|use)"
    r"|\bI(['’]?m| am)?( sorry,?)?( but)?( I)? "
    r"(can(['’]?t|not| not)|won['’]?t|(am )?(unable|not able) to) "
    r"(help|assist|create|generate|produce|make|fulfil\w*|comply|do)\b"
    r"|model (has )?refused to|refused to (generate|create|draw)"
    rf"|{_CHINESE}"
)
# The account, or an option, and not the prompt, or a filter that is itself out of order.
NO_REFUSAL = (
    r"\b(temporarily |currently )?unavailable\b|timed? ?out\b|overloaded|(unknown|unsupported|"
    r"unrecognized|unexpected) (parameter|argument|field)|rate[ -]limit"
    r"|账[号户].{0,6}风控"
    r"|\b(parameter|argument|field|option|key) \W?\w+\W? (is )?not (allowed|permitted|supported)"
    r"|\b(security|network|firewall|access|iam|cors|organi[sz]ation'?s?|retention) (\w+ )?polic"
)
ACCOUNT = (
    r"\b(account|organi[sz]ation|api key|project|user) ([\w']+ ){0,6}?"
    r"(suspended|deactivated|disabled|banned|terminated|closed)\b|账[号户].{0,8}(封禁|停用|禁用|冻结)"
)
MADE = (
    r"\b(output|generated|resulting|produced|result) (image|picture|content|file)|"
    r"(image|picture)s? (that )?(was|were|we|it|has been) (generated|made)|"
    r"\b(output|post img)( was| has been)?( new_| risk|\b)|OutputImage|IMAGE_SAFETY|输出图|输出内容"
    r"|(?<!输入或)生成的?(图|内容)"
)
GIVEN = (
    r"\b(input|reference|uploaded|source|provided|attached|your|init) (image|picture|photo)|"
    r"image (you )?(provided|uploaded)|InputImage|\bpre img\b|输入(的)?图|参考图|上传(的)?图"
)
