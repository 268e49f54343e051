"""Chinese of the Texture panel: presets, changes of a picture, batches, and choosing among what was made."""

CHINESE: dict[str, str] = {
    # Presets and styles
    "Texture Presets": "纹理预设",
    "Save Texture Preset": "保存纹理预设",
    "Keep all settings of textures, without seed and images, as a preset of yours": (
        "将所有纹理设置(不含种子和图像)保存为您的预设"
    ),
    "Name": "名称",
    "A preset of this name is replaced": "同名预设会被替换",
    "Export Texture Preset": "导出纹理预设",
    "Write all settings of textures, without seed and images, to a file for others; batch.py --settings reads it": (
        "将所有纹理设置(不含种子和图像)写入文件供他人使用。batch.py --settings 也能读取"
    ),
    "Load Texture Preset": "加载纹理预设",
    "Take all settings of textures from a preset file": "从预设文件读取所有纹理设置",
    "Delete Texture Preset": "删除纹理预设",
    "Delete this preset": "删除此预设",
    "'{name}' is no preset. Choose a JSON file that Save Preset has written": (
        "“{name}”不是预设。请选择由“保存预设”写出的 JSON 文件"
    ),
    "Style": "风格",
    "Styles": "风格",
    "Words around every prompt; empty for none": "加在每个提示词周围的词;留空则不加",
    "Add Style": "添加风格",
    "Keep words for every prompt as a style of yours": "将用于每个提示词的词保存为您的风格",
    "A style of this name is replaced": "同名风格会被替换",
    "{prompt} stands for the prompt itself; without it, these words follow the prompt": (
        "{prompt} 代表提示词本身;若没有它,这些词接在提示词之后"
    ),
    "A style needs a name and words": "风格需要名称和词语",
    "Delete Style": "删除风格",
    "Delete the style that is chosen": "删除所选风格",
    "No style is chosen": "未选择风格",
    "Import Styles": "导入风格",
    "Take styles from a file: JSON, or the styles.csv of A1111. Those of the same name are replaced": (
        "从文件导入风格:JSON 或 A1111 的 styles.csv。同名风格会被替换"
    ),
    "Export Styles": "导出风格",
    "Write all styles to a file for others": "将所有风格写入文件供他人使用",
    "{count} styles": "{count} 个风格",
    "There is no style '{name}'. Choose another under Style": "没有名为“{name}”的风格。请在“风格”处选择其他",
    "'{name}' holds no styles. Choose a JSON file of styles, or a styles.csv": (
        "“{name}”中没有风格。请选择风格的 JSON 文件或 styles.csv"
    ),
    # Change
    "Change": "修改",
    "Upscale Texture": "放大纹理",
    "Enlarge this texture in the background; it repeats as it did before": "在后台放大此纹理;其重复方式不变",
    "Factor": "倍数",
    "Times as wide and high": "宽与高的倍数",
    "Add Detail": "增添细节",
    "Let the diffusion model paint on the enlarged texture, in tiles, with the prompt": (
        "让扩散模型按提示词分块在放大的纹理上绘制"
    ),
    "How much the model may change: little keeps the picture, much invents": "模型可改变的程度:小则保持原图,大则多有创造",
    "Only a diffusion model adds detail. Choose one under Engine, or switch Add Detail off": (
        "只有扩散模型能增添细节。请在“引擎”处选择,或关闭“增添细节”"
    ),
    "This image was enlarged. Upscale makes it again from '{name}'": "此图像经过放大。用“放大纹理”可从“{name}”再次生成",
    # Batch
    "Batch": "批量",
    "Generate Batch": "批量生成",
    "Make textures of many prompts in the background, each a PNG file at once. Started again, it goes on from there": (
        "在后台为许多提示词生成纹理,每幅立即写为 PNG 文件。再次开始会从中断处继续"
    ),
    "Prompts": "提示词来源",
    "Where the prompts come from": "提示词来自何处",
    "The Prompt": "上方提示词",
    "The prompt above, with its choices such as {red|blue} brick": "上方的提示词及其选项,如 {red|blue} brick",
    "Text": "文本",
    "A text of this file, one prompt a line": "此文件中的文本,每行一个提示词",
    "One prompt a line": "每行一个提示词",
    "A text file with one prompt a line, or a table as CSV with a column 'prompt'": (
        "每行一个提示词的文本文件,或含有 'prompt' 列的 CSV 表格"
    ),
    "Prompts: .txt, or .csv whose first row names settings such as prompt, seed, steps": (
        "提示词:.txt,或首行为 prompt、seed、steps 等设置名称的 .csv"
    ),
    "Lists": "列表",
    "Folder of lists: __colour__ in a prompt is a line of colour.txt. Empty: one in the data folder": (
        "列表文件夹:提示词中的 __colour__ 代表 colour.txt 中的一行。留空:数据文件夹中的一个"
    ),
    "Choices": "选项",
    "What becomes of choices such as {red|blue}": "如何处理 {red|blue} 这样的选项",
    "Every Combination": "所有组合",
    "Each prompt in all its forms": "每个提示词的所有形式",
    "So many forms of each prompt, chosen by the seed": "每个提示词的若干形式,由种子选定",
    "Forms": "形式数",
    "Random forms of each prompt": "每个提示词的随机形式数",
    "Seeds": "种子数",
    "Textures of each prompt, from the seed in Settings on": "每个提示词的纹理数,从“设置”中的种子开始",
    "Same Seeds": "相同种子",
    "Each prompt gets the same seeds, so that prompts can be compared; else they count on": (
        "每个提示词使用相同的种子,便于比较;否则种子继续递增"
    ),
    "Where PNG files are written as they are made. What is there already is not made again": (
        "边生成边写入 PNG 文件的位置。已有的不再生成"
    ),
    "Open at the End": "结束时打开",
    "Open the new files as images of this file": "把新文件作为此文件的图像打开",
    "{red|blue} in the prompt stands for either, __name__ for a line of name.txt": (
        "提示词中的 {red|blue} 代表其中之一,__name__ 代表 name.txt 中的一行"
    ),
    "A batch needs a model that reads prompts. Choose another one under Engine": (
        "批量生成需要能读提示词的模型。请在“引擎”处选择其他引擎"
    ),
    "Texture {number} of {count}": "第 {number}/{count} 幅纹理",
    "These are more than {most} textures. Take fewer prompts or seeds": "超过 {most} 幅纹理。请减少提示词或种子",
    "There is no prompt. Write one a line": "没有提示词。请每行写一个",
    "Choose a text with one prompt a line under Text": "请在“文本”处选择每行一个提示词的文本",
    "Choose a file of prompts under File": "请在“文件”处选择提示词文件",
    "Row {row} of '{name}' holds a value that does not fit its column": "“{name}”的第 {row} 行有不符合该列的值",
    # Choosing
    "History": "历史",
    "No textures yet": "尚无纹理",
    "Use Texture": "使用纹理",
    "Show this texture in the Image Editor, and put a new material of it on the selection": (
        "在图像编辑器中显示此纹理,并将其新材质赋予所选物体"
    ),
    "Show Texture": "显示纹理",
    "Show this texture in the Image Editor": "在图像编辑器中显示此纹理",
    "Recall": "找回",
    "{count} to choose from": "共 {count} 幅可选",
    "Keep Only This Texture": "只保留此纹理",
    "Keep this texture, and remove the others that came out of the same click unless something uses them": (
        "保留此纹理,并移除同一次生成的其他未被使用的纹理"
    ),
    "Remove Texture": "移除纹理",
    "Remove this texture and its maps from the file. PNG files on the disk stay": (
        "从文件中移除此纹理及其贴图。磁盘上的 PNG 文件会保留"
    ),
    "More Like This": "更多相似纹理",
    "Make more textures like this one, in the background": "在后台生成更多类似的纹理",
    "Vary By": "变化方式",
    "What stays of the texture": "保留纹理的什么",
    "Noise": "噪声",
    "The same prompt from noise that resembles the texture's own": "相同提示词,使用与此纹理相近的噪声",
    "The picture itself, changed as far as the amount allows": "图像本身,按变化量改变",
    "Amount": "变化量",
    "How far the new ones may go: 1 keeps nothing": "新纹理可偏离的程度:1 表示完全不保留",
}
