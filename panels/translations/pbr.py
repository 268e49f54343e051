"""Chinese of pictures as files, of prompt lists, records and presets, and of PBR maps."""

CHINESE: dict[str, str] = {
    # PNG
    "'{name}' is a PNG with a palette or interlacing. Save it again without": "“{name}”是带调色板或隔行的 PNG。请去除后重新保存",
    "'{name}' is damaged. Make or copy it again": "“{name}”已损坏。请重新生成或复制",
    "'{name}' is not a PNG. Choose a PNG file": "“{name}”不是 PNG。请选择 PNG 文件",
    "'{name}' cannot be read. Choose another file": "无法读取“{name}”。请选择其他文件",
    "The picture holds values that are no numbers. Make it again": "图片含有非数字的值。请重新生成",
    # Prompt lists
    "There are {count} prompts. Take at most {most}": "共有 {count} 条提示词。最多 {most} 条",
    "'{name}' has no column 'prompt'. Name the columns in the first row": "“{name}”没有“prompt”列。请在首行写明列名",
    "The column '{column}' is not known. Choose from: {known}": "不识别“{column}”列。请从中选择:{known}",
    "'{name}' is too large for a list of prompts. Choose another file": "“{name}”过大,不像提示词列表。请选择其他文件",
    "'{name}' cannot be read as text. Save it as UTF-8": "无法将“{name}”读作文本。请保存为 UTF-8",
    "The prompt is longer than {most} characters. Shorten it": "提示词超过 {most} 个字符。请缩短",
    "The prompt has braces within each other more than {deepest} deep. Simplify it": "提示词中花括号嵌套超过 {deepest} 层。请简化",
    "There is no list '{name}'. Put {name}.txt into the folder of lists": "没有列表“{name}”。请将 {name}.txt 放入列表文件夹",
    "The list '{name}' is empty. Write one word a line": "列表“{name}”是空的。请每行写一个词",
    "The list '{name}' names itself. Take that line out": "列表“{name}”引用了自身。请删去该行",
    "The braces in '{prompt}' do not match. Write {{red|blue}}": "“{prompt}”中的花括号不配对。请写成 {{red|blue}}",
}
