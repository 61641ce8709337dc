"""What is known of each grammar: which of its nodes hold statements, name a scope, branch or comment."""

import importlib
from functools import cache
from pathlib import PurePosixPath

import msgspec
from tree_sitter import Language


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """One tree-sitter grammar. All sets hold names of its nodes.

    ``blocks`` are what statements lie in; ``clauses`` are parts of a statement that count as one of their own, such as
    ``else``. ``scopes`` name what is inside of them: by a field (``name``, ``key``, ``type``, ``declarator``), or by
    ``functions`` for what is a scope only if its value is a function. ``functions`` have a complexity; ``branches`` are
    nodes or quoted keywords that add one to it, ``cases`` too, unless a whole ``switch`` counts as one.
    """

    module: str
    function: str = "language"
    blocks: frozenset[str]
    clauses: frozenset[str] = frozenset()
    scopes: dict[str, str] = {}
    functions: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    nests: tuple[str, ...] = ("block",)

    def load(self) -> Language:
        """The grammar itself."""
        return _load(self.module, self.function)


@cache
def _load(module: str, function: str) -> Language:
    return Language(getattr(importlib.import_module(module), function)())  # pyright: ignore[reportDeprecated]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BY_NAME = "name"
_BY_VALUE = "value"
"""A scope only if what it is set to is a function."""


def _named(text: str, **others: str) -> dict[str, str]:
    return dict.fromkeys(text.split(), _BY_NAME) | others


_JAVASCRIPT_SCOPES = _named(
    "class_declaration class abstract_class_declaration function_declaration generator_function_declaration "
    "method_definition internal_module module interface_declaration enum_declaration function_expression",
    variable_declarator=_BY_VALUE,
    pair="key",
    field_definition="property",
    public_field_definition=_BY_NAME,
    assignment_expression="left",
)
_JAVASCRIPT = Grammar(
    module="tree_sitter_javascript",
    blocks=_words(
        "program statement_block class_body switch_case switch_default interface_body enum_body jsx_element ERROR"
    ),
    clauses=_words("else_clause catch_clause finally_clause switch_case switch_default"),
    scopes=_JAVASCRIPT_SCOPES,
    functions=(
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    ),
    branches=('"if"', '"for"', '"while"', '"catch"', "ternary_expression"),
    cases=('"case"',),
    switches=("switch_statement",),
    nests=("statement_block", "switch_body"),
)

_GRAMMARS = {
    "python": Grammar(
        module="tree_sitter_python",
        blocks=_words("module block ERROR"),
        clauses=_words(
            "elif_clause else_clause except_clause except_group_clause finally_clause case_clause"
        ),
        scopes=_named("class_definition function_definition"),
        functions=("function_definition",),
        branches=('"if"', '"elif"', '"for"', '"while"', '"except"'),
        cases=("case_clause",),
        switches=("match_statement",),
    ),
    "javascript": _JAVASCRIPT,
    "typescript": msgspec.structs.replace(
        _JAVASCRIPT, module="tree_sitter_typescript", function="language_typescript"
    ),
    "tsx": msgspec.structs.replace(_JAVASCRIPT, module="tree_sitter_typescript", function="language_tsx"),
    "java": Grammar(
        module="tree_sitter_java",
        blocks=_words(
            "program block class_body constructor_body interface_body enum_body enum_body_declarations "
            "annotation_type_body switch_block switch_block_statement_group ERROR"
        ),
        clauses=_words("catch_clause finally_clause switch_label switch_rule"),
        scopes=_named(
            "class_declaration interface_declaration enum_declaration record_declaration method_declaration "
            "constructor_declaration annotation_type_declaration compact_constructor_declaration"
        ),
        functions=(
            "method_declaration",
            "constructor_declaration",
            "compact_constructor_declaration",
            "lambda_expression",
        ),
        branches=('"if"', '"for"', '"while"', '"catch"', "ternary_expression"),
        cases=('"case"',),
        switches=("switch_expression",),
        nests=("block", "switch_block"),
    ),
    "c": Grammar(
        module="tree_sitter_c",
        blocks=_words(
            "translation_unit compound_statement field_declaration_list enumerator_list case_statement preproc_if "
            "preproc_ifdef preproc_else preproc_elif ERROR"
        ),
        clauses=_words("else_clause case_statement"),
        scopes=_named("struct_specifier union_specifier enum_specifier", function_definition="declarator"),
        functions=("function_definition",),
        branches=('"if"', '"for"', '"while"', "conditional_expression"),
        cases=('"case"',),
        switches=("switch_statement",),
        nests=("compound_statement",),
    ),
    "cpp": Grammar(
        module="tree_sitter_cpp",
        blocks=_words(
            "translation_unit compound_statement field_declaration_list declaration_list enumerator_list "
            "case_statement preproc_if preproc_ifdef preproc_else preproc_elif ERROR"
        ),
        clauses=_words("else_clause case_statement catch_clause"),
        scopes=_named(
            "struct_specifier union_specifier enum_specifier class_specifier namespace_definition",
            function_definition="declarator",
        ),
        functions=("function_definition", "lambda_expression"),
        branches=('"if"', '"for"', '"while"', '"catch"', "conditional_expression"),
        cases=('"case"',),
        switches=("switch_statement",),
        nests=("compound_statement",),
    ),
    "go": Grammar(
        module="tree_sitter_go",
        blocks=_words(
            "source_file block statement_list field_declaration_list import_spec_list expression_case type_case "
            "default_case communication_case ERROR"
        ),
        clauses=_words("expression_case type_case default_case communication_case"),
        scopes=_named("function_declaration type_spec", method_declaration="receiver"),
        functions=("function_declaration", "method_declaration", "func_literal"),
        branches=('"if"', '"for"'),
        cases=('"case"',),
        switches=("expression_switch_statement", "type_switch_statement", "select_statement"),
    ),
    "c_sharp": Grammar(
        module="tree_sitter_c_sharp",
        blocks=_words(
            "compilation_unit declaration_list block switch_body switch_section accessor_list "
            "enum_member_declaration_list ERROR"
        ),
        clauses=_words("catch_clause finally_clause switch_section switch_expression_arm"),
        scopes=_named(
            "namespace_declaration file_scoped_namespace_declaration class_declaration struct_declaration "
            "interface_declaration record_declaration enum_declaration method_declaration constructor_declaration "
            "property_declaration local_function_statement"
        ),
        functions=(
            "method_declaration",
            "constructor_declaration",
            "local_function_statement",
            "lambda_expression",
            "accessor_declaration",
        ),
        branches=('"if"', '"for"', '"foreach"', '"while"', '"catch"', "conditional_expression"),
        cases=('"case"', "switch_expression_arm"),
        switches=("switch_statement", "switch_expression"),
        nests=("block", "switch_body"),
    ),
    "php": Grammar(
        module="tree_sitter_php",
        function="language_php",
        blocks=_words(
            "program compound_statement declaration_list switch_block case_statement default_statement "
            "enum_declaration_list colon_block ERROR"
        ),
        clauses=_words(
            "else_if_clause else_clause catch_clause finally_clause case_statement default_statement"
        ),
        scopes=_named(
            "class_declaration interface_declaration trait_declaration enum_declaration method_declaration "
            "function_definition namespace_definition"
        ),
        functions=(
            "function_definition",
            "method_declaration",
            "anonymous_function",
            "arrow_function",
        ),
        branches=(
            '"if"',
            '"elseif"',
            '"for"',
            '"foreach"',
            '"while"',
            '"catch"',
            "conditional_expression",
        ),
        cases=('"case"',),
        switches=("switch_statement",),
        nests=("compound_statement", "switch_block"),
    ),
    "rust": Grammar(
        module="tree_sitter_rust",
        blocks=_words(
            "source_file block declaration_list field_declaration_list enum_variant_list match_block ERROR"
        ),
        clauses=_words("else_clause match_arm"),
        scopes=_named("mod_item function_item trait_item struct_item enum_item union_item", impl_item="type"),
        functions=("function_item", "closure_expression"),
        branches=('"if"', '"for"', '"while"', '"loop"'),
        cases=("match_arm",),
        switches=("match_expression",),
        nests=("block", "match_block"),
    ),
    "kotlin": Grammar(
        module="tree_sitter_kotlin",
        blocks=_words(
            "source_file block class_body enum_class_body lambda_literal when_expression function_body ERROR"
        ),
        clauses=_words("catch_block finally_block when_entry"),
        scopes=_named("class_declaration object_declaration function_declaration companion_object"),
        functions=("function_declaration", "secondary_constructor", "anonymous_function", "lambda_literal"),
        branches=('"if"', '"for"', '"while"', '"catch"'),
        cases=("when_entry",),
        switches=("when_expression",),
    ),
    "scala": Grammar(
        module="tree_sitter_scala",
        blocks=_words(
            "compilation_unit block indented_block template_body case_block indented_cases case_clause "
            "enum_body ERROR"
        ),
        clauses=_words("case_clause catch_clause finally_clause"),
        scopes=_named(
            "class_definition object_definition trait_definition function_definition enum_definition package_object"
        ),
        functions=("function_definition", "lambda_expression"),
        branches=('"if"', '"for"', '"while"', '"catch"'),
        cases=("case_clause",),
        switches=("match_expression",),
        nests=("block", "case_block", "indented_block", "indented_cases"),
    ),
    "lua": Grammar(
        module="tree_sitter_lua",
        blocks=_words("chunk block ERROR"),
        clauses=_words("elseif_statement else_statement"),
        scopes=_named("function_declaration", assignment_statement="left"),
        functions=("function_declaration", "function_definition"),
        branches=('"if"', '"elseif"', '"for"', '"while"', '"repeat"'),
    ),
    "bash": Grammar(
        module="tree_sitter_bash",
        blocks=_words(
            "program compound_statement do_group if_statement elif_clause else_clause case_item subshell list ERROR"
        ),
        clauses=_words("elif_clause else_clause case_item"),
        scopes=_named("function_definition"),
    ),
    "sql": Grammar(
        module="tree_sitter_sql",
        blocks=_words("program statement block column_definitions ERROR"),
        clauses=_words("from where select select_expression"),
    ),
    "css": Grammar(
        module="tree_sitter_css",
        blocks=_words("stylesheet block keyframe_block_list ERROR"),
        scopes={"rule_set": "header", "media_statement": "header", "keyframes_statement": "header"},
    ),
    "scss": Grammar(
        module="tree_sitter_scss",
        blocks=_words("stylesheet block ERROR"),
        scopes={"rule_set": "header", "media_statement": "header", "mixin_statement": "name"},
    ),
    "html": Grammar(
        module="tree_sitter_html",
        blocks=_words("document element script_element style_element ERROR"),
    ),
    "yaml": Grammar(
        module="tree_sitter_yaml",
        blocks=_words("stream document block_mapping block_sequence flow_mapping flow_sequence ERROR"),
        scopes={"block_mapping_pair": "key", "flow_pair": "key"},
    ),
    "dockerfile": Grammar(module="tree_sitter_dockerfile", blocks=_words("source_file ERROR")),
    "hcl": Grammar(
        module="tree_sitter_hcl",
        blocks=_words("config_file body ERROR"),
        scopes={"block": "header"},
    ),
}

_BY_LANGUAGE = {
    "PYTHON": "python",
    "JAVASCRIPT": "javascript",
    "TYPESCRIPT": "typescript",
    "ARKTS": "typescript",
    "JAVA": "java",
    "C++": "cpp",
    "GO": "go",
    "C#": "c_sharp",
    "PHP": "php",
    "RUST": "rust",
    "KOTLIN": "kotlin",
    "SCALA": "scala",
    "LUA": "lua",
    "SHELL": "bash",
    "SQL": "sql",
    "CSS": "css",
    "HTML": "html",
    "YAML": "yaml",
    "DOCKERFILE": "dockerfile",
    "TERRAFORM": "hcl",
}
_BY_SUFFIX = {".c": "c", ".tsx": "tsx", ".jsx": "tsx", ".scss": "scss", ".less": "scss"}
"""Suffixes of a language that have a grammar of their own."""


def grammar_of(path: str, languages: tuple[str, ...]) -> Grammar | None:
    """The grammar for a file, judged by its name and languages; None where there is none."""
    for name in (_BY_SUFFIX.get(PurePosixPath(path).suffix.casefold()), *map(_BY_LANGUAGE.get, languages)):
        if name is not None:
            return _GRAMMARS[name]
    return None


def script_grammar(typescript: bool) -> Grammar:
    """The grammar for the script of a component."""
    return _GRAMMARS["typescript" if typescript else "javascript"]
