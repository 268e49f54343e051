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
    # Maps
    "PBR Maps": "PBR 贴图",
    "Make PBR Maps": "生成 PBR 贴图",
    "Make normal, height, roughness, metallic and occlusion maps of this image, and a material of them": (
        "由此图像生成法线、高度、粗糙度、金属度和遮蔽贴图,并制成材质"
    ),
    "Maps": "贴图",
    "Which maps are made": "生成哪些贴图",
    "Normal": "法线",
    "Which way the surface faces, in tangent space": "表面的朝向,切线空间",
    "How far it rises, in 16 bits": "隆起的高度,16 位",
    "Roughness": "粗糙度",
    "How dull it is": "表面的粗糙程度",
    "Metallic": "金属度",
    "A guess where it is bare metal": "推测何处是裸露金属",
    "Occlusion": "遮蔽",
    "How much of the sky each place sees": "每处可见多少天空",
    "Occlusion, roughness and metallic as red, green and blue of one image, for game engines": (
        "遮蔽、粗糙度、金属度分别作为一幅图像的红、绿、蓝通道,用于游戏引擎"
    ),
    "Albedo": "反照率",
    "The image without the light and shade that are on it": "去除光照与阴影后的图像",
    "Factor on the relief that is found": "所得起伏的倍数",
    "Invert": "反转",
    "What rises sinks": "凸起变为凹陷",
    "Normal Format": "法线格式",
    "Which way green points in the normal map": "法线贴图中绿色的方向",
    "Up: Blender, Unity, Godot": "向上:Blender、Unity、Godot",
    "Down: Unreal Engine. The material of ours turns it back": "向下:Unreal Engine。我们的材质会将其翻转回来",
    "Repeats": "重复",
    "Along which axes the image repeats; the maps then do so too": "图像沿哪些轴重复;贴图也会随之重复",
    "Looked for in the image": "在图像中检测",
    "Added to the roughness that is found": "加到所得粗糙度上",
    "Estimator": "估计器",
    "What looks at the image": "由什么来分析图像",
    "Marigold models found by Find Models, else the built-in estimator": "由“查找模型”找到的 Marigold 模型,否则使用内置估计器",
    "Built-in Estimator": "内置估计器",
    "A small network that ships with Ada Forge. It needs no download": "随 Ada Forge 附带的小型网络,无需下载",
    "Marigold models in a folder of yours": "您文件夹中的 Marigold 模型",
    "Marigold Folder": "Marigold 文件夹",
    "Folder of a Marigold model for normals, depth or intrinsics, or a folder with several": (
        "Marigold 法线、深度或本征模型的文件夹,或包含多个此类模型的文件夹"
    ),
    "Make a material of the image and its maps and put it on the selection": "用图像及其贴图制作材质,并赋予所选物体",
    "Choose under Maps what is to be made": "请在“贴图”处选择要生成的内容",
    "Choose the folder of a Marigold model under Marigold Folder": "请在“Marigold 文件夹”处选择 Marigold 模型的文件夹",
    "'{name}' holds no Marigold model. Choose its folder, with a model_index.json": (
        "“{name}”中没有 Marigold 模型。请选择含有 model_index.json 的文件夹"
    ),
    "'{name}' gave values that are no numbers. Choose Built-in under Estimator": (
        "“{name}”给出了非数字的值。请在“估计器”处选择内置"
    ),
    "'{name}' is missing or damaged. Install Ada Forge again": "“{name}”缺失或已损坏。请重新安装 Ada Forge",
    "The image is gone. Make the maps of another one": "图像已不存在。请为其他图像生成贴图",
    "Looking at {width} x {height} pixels": "正在分析 {width} x {height} 像素",
    "Estimating with {name}": "正在用 {name} 估计",
    "Ambient occlusion": "环境光遮蔽",
    "Finishing the maps": "正在完成贴图",
    # Borders
    "Make Seamless": "制作无缝",
    "Make a copy of this image that continues at its borders: a band along them is faded, or painted anew": (
        "制作此图像在边界处连续的副本:沿边界的一条带会被渐变融合,或重新绘制"
    ),
    "Measure Seam": "测量接缝",
    "Measure how well this image continues at its borders: 1 is a seam that is seen, 0.5 is none": (
        "测量此图像在边界处的连续程度:1 表示可见接缝,0.5 表示没有"
    ),
    "Repeat Along": "重复方向",
    "At which borders the image shall continue": "图像应在哪些边界处连续",
    "Paint Anew": "重新绘制",
    "How far the model of the Texture panel paints anew what is faded; 0 only fades, without a model": (
        "“纹理”面板的模型将渐变部分重新绘制的程度;0 表示只渐变,不使用模型"
    ),
    "A border can be seen where the image repeats": "图像重复处可见边界",
}
