"""Why a file is not read at all, in the registrar's words. Faults in single cells are elsewhere."""

from __future__ import annotations

from enum import StrEnum

from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.exchange.limits import (
    ANSWERED,
    COLUMNS_MAX,
    FILE_BYTES_MAX,
    LARGE,
    READING_SECONDS_MAX,
)


class Refusal(StrEnum):
    """Codes of files that are not read; each has its sentence in REFUSALS."""

    EMPTY_FILE = "empty_file"
    FILE_TOO_BIG = "file_too_big"
    UNPACKS_TOO_BIG = "unpacks_too_big"
    TOO_MANY_CELLS = "too_many_cells"
    TOO_SLOW = "too_slow"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    NESTED = "nested"
    DAMAGED = "damaged"
    BINARY_WORKBOOK = "binary_workbook"
    WEB_PAGE = "web_page"
    NOT_A_TABLE = "not_a_table"
    ENCODING = "encoding"
    NO_HEADING = "no_heading"
    WRONG_TEMPLATE = "wrong_template"
    NO_ROWS = "no_rows"
    WRONG_CLASS_LIST = "wrong_class_list"
    NO_LEARNERS = "no_learners"
    NO_AWARDS = "no_awards"
    NO_TEMPLATE = "no_template"
    EXTERNAL = "external"
    NO_NATIONAL_SHEET = "no_national_sheet"
    WRONG_RECOGNITION_TABLE = "wrong_recognition_table"
    NO_LINES = "no_lines"
    LONG_SHEETS = "long_sheets"
    WRONG_ADVANCE_SHEET = "wrong_advance_sheet"


class RefusedFileError(Exception):
    """Raised while reading, in the child process; place names a cell."""

    def __init__(self, code: Refusal, place: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.place = place


_MEGABYTES = FILE_BYTES_MAX // 1024 // 1024

REFUSALS = {
    Refusal.EMPTY_FILE: Message(
        "没有选择文件,或文件是空的;请重新选择。",
        "No file was chosen, or it is empty; choose it again.",
    ),
    Refusal.FILE_TOO_BIG: Message(
        f"文件超过{_MEGABYTES} MB,请只保留成绩表后重新上传。",
        f"The file exceeds {_MEGABYTES} MB; keep only the grade sheet and upload it again.",
    ),
    Refusal.UNPACKS_TOO_BIG: Message(
        "文件解压后过大(疑似压缩炸弹),已拒绝打开;请把成绩复制到新下载的模板后重新上传。",
        "The file unpacks to far more than it should (a bomb?) and was not opened; copy the marks "
        "into a newly downloaded template.",
    ),
    Refusal.TOO_MANY_CELLS: Message(
        f"表格过大(成绩单最多{LARGE.rows}行,其他表格最多{ANSWERED.rows}行、{ANSWERED.cells}个单元格,"
        f"均不超过{COLUMNS_MAX}列),请删去多余的行列。",
        f"The table is too large (grade sheets: at most {LARGE.rows} rows; others: "
        f"{ANSWERED.rows} rows and {ANSWERED.cells} cells; no more than {COLUMNS_MAX} columns); "
        "delete what is not needed.",
    ),
    Refusal.TOO_SLOW: Message(
        f"文件在{READING_SECONDS_MAX}秒内未能读完,已放弃;请把成绩复制到新下载的模板后重新上传。",
        f"The file could not be read within {READING_SECONDS_MAX} seconds; copy the marks into a "
        "newly downloaded template.",
    ),
    Refusal.ENCRYPTED: Message(
        "文件设有打开密码,无法读取;请在 Excel 中取消密码后重新上传。",
        "The file is protected by a password; take the password away and upload it again.",
    ),
    Refusal.MACROS: Message(
        "文件含有宏,为安全起见不予打开;请另存为不含宏的 .xlsx 后重新上传。",
        "The file holds macros and is not opened; save it as .xlsx without macros.",
    ),
    Refusal.NESTED: Message(
        "文件中嵌有其他文件或压缩包,为安全起见不予打开;请删去嵌入的对象后重新上传。",
        "The file has other files inside it and is not opened; delete the embedded objects.",
    ),
    Refusal.DAMAGED: Message(
        "文件已损坏或不完整,无法读取;请重新另存为 .xlsx 后再上传。",
        "The file is damaged or incomplete; save it anew as .xlsx and upload it again.",
    ),
    Refusal.BINARY_WORKBOOK: Message(
        "暂不支持 .xlsb 格式,请另存为 .xlsx 后重新上传。",
        "The format .xlsb is not read; save the file as .xlsx.",
    ),
    Refusal.WEB_PAGE: Message(
        "这其实是网页格式的表格(扩展名虽为 .xls),请用 Excel 打开后另存为 .xlsx 再上传。",
        "This is a web page under the name of a workbook; open it in Excel and save it as .xlsx.",
    ),
    Refusal.NOT_A_TABLE: Message(
        "这不是表格文件;请上传 .xlsx、.xls、.ods 或 .csv 文件。",
        "This is not a table; upload an .xlsx, .xls, .ods or .csv file.",
    ),
    Refusal.ENCODING: Message(
        "CSV 文件的编码无法识别(应为 UTF-8 或 GB18030),请另存为 .xlsx 后重新上传。",
        "The CSV file's encoding is neither UTF-8 nor GB18030; save it as .xlsx.",
    ),
    Refusal.NO_HEADING: Message(
        "没有找到表头:前20行内应有一行写明各列是什么(如学号、姓名);请补上表头后重新上传。",
        "No heading was found: one of the first 20 rows must say what each column is (学号, 姓名); "
        "add it and upload the file again.",
    ),
    Refusal.WRONG_TEMPLATE: Message(
        "没有找到成绩表的表头(应有“学号”“姓名”和课程列);请下载成绩模板,把成绩填入后上传。",
        "No heading of a grade sheet was found (学号, 姓名 and courses); download the template and "
        "fill it in.",
    ),
    Refusal.NO_ROWS: Message(
        "表中没有学生成绩,请填写后重新上传。",
        "There are no learners' marks in the table; fill it in and upload it again.",
    ),
    Refusal.WRONG_CLASS_LIST: Message(
        "没有找到班级名单的表头(应有“姓名”“身份证号”“学号”“班级”);请下载名单模板,填写后上传。",
        "No heading of a class list was found (姓名, 身份证号, 学号, 班级); download the template "
        "and fill it in.",
    ),
    Refusal.NO_LEARNERS: Message(
        "名单中没有学生,请填写后重新上传。",
        "There is nobody on the list; fill it in and upload it again.",
    ),
    Refusal.NO_NATIONAL_SHEET: Message(
        "没有找到全国系统学生导入表的表头(姓名、性别、出生日期、身份证件类型……);"
        "请用全国系统的模板,或在“上传新生名单”上传本校的名单。",
        "No heading of the national sheet was found (姓名, 性别, 出生日期, 身份证件类型 …); take "
        "the template of the national system, or upload your own list as a class list.",
    ),
    Refusal.NO_TEMPLATE: Message(
        "这不是可以填充的模板;请上传 .xlsx 或 .docx 文件。",
        "This is no template that can be filled in; upload an .xlsx or .docx file.",
    ),
    Refusal.EXTERNAL: Message(
        "文件会从别处读取内容(外部链接),为安全起见不予使用;请断开链接后重新上传。",
        "The file fetches content from elsewhere (external links) and is not used; break them and "
        "upload it again.",
    ),
    Refusal.NO_AWARDS: Message(
        "表中没有获奖或证书,请填写后重新上传。",
        "There is no award or certificate in the table; fill it in and upload it again.",
    ),
    Refusal.WRONG_RECOGNITION_TABLE: Message(
        "没有找到对照表的表头(应有“编号”“转入”“关系”“原校课程”“文号”“生效日期”);"
        "请下载现行对照表,修改后上传。",
        "No heading of the recognition table was found (编号, 转入, 关系, 原校课程, 文号, "
        "生效日期); download the table in force and change it.",
    ),
    Refusal.LONG_SHEETS: Message(
        "这个文件有几张很长的成绩工作表；请把每张另存为一个文件，分别上传。",
        "This file has several long sheets of marks; save each as a file of its own and upload "
        "them one by one.",
    ),
    Refusal.NO_LINES: Message(
        "对照表中没有内容,请填写后重新上传。",
        "There is no line in the table; fill it in and upload it again.",
    ),
    Refusal.WRONG_ADVANCE_SHEET: Message(
        "没有找到名单的表头(应有“学号”“姓名”和各项内容);请下载本页的模板,填写后上传。",
        "No heading of this list was found (学号, 姓名 and what is to be filled in); download the "
        "template of this page and fill it in.",
    ),
}


def refusal(code: Refusal, place: str = "") -> InvalidInputError:
    """The error for a refused file; place (such as "Sheet1!XFD1048576") comes first if known."""
    message = REFUSALS[code]
    if place:
        message = Message(f"{place}: {message.zh}", f"{place}: {message.en}")
    return InvalidInputError(message, problems=(Problem(code.value, message, field="file"),))
