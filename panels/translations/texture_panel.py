"""Chinese of the Texture panel: what to make, what becomes of it, and what is said about it."""

CHINESE: dict[str, str] = {
    # What to make
    "Texture": "纹理",
    "Engine": "引擎",
    "What makes the texture": "由什么生成纹理",
    "Built-in Model": "内置模型",
    "The small model that ships with Ada Forge. It needs no download": "随 Ada Forge 附带的小模型,无需下载",
    "Diffusion Model": "扩散模型",
    "Stable Diffusion and its relatives, from a folder of yours": "您自己文件夹中的 Stable Diffusion 及同类模型",
    "Procedural": "程序化",
    "Exact materials, drawn at once at any size, with their true height": "精确的材质,任意尺寸立即绘制,并带有真实高度",
    "Model": "模型",
    "A .safetensors file, or the folder of a diffusers model with its model_index.json": (
        ".safetensors 文件,或含有 model_index.json 的 diffusers 模型文件夹"
    ),
    "Procedural textures need nothing of this": "程序化纹理不需要这些",
    # Procedural
    "Material": "材质",
    "What is drawn": "绘制的内容",
    "Color": "颜色",
    "The main color": "主要颜色",
    "Second Color": "第二颜色",
    "Of mortar, grout, veins or the other half of a pattern": "砂浆、填缝、纹脉或图案另一半的颜色",
    "Features": "特征",
    "Size of bricks, grains or leaves": "砖块、颗粒或树叶的大小",
    "Finish": "表面",
    "Relief and roughness": "起伏与粗糙度",
    "Wear": "磨损程度",
    "What time has done to it": "时间留下的痕迹",
    "Tone": "色调",
    "Lightness of the colors": "颜色的明暗",
    "Variant": "变体",
    "Direction or shape": "方向或形状",
    "Shading": "着色",
    "What the picture shows": "图像呈现的内容",
    "The color alone, for materials": "仅颜色,用于材质",
    "Lamp": "灯光",
    "Light and shadow as in a photo": "如照片中的光与影",
    # Result
    "Settings": "设置",
    "Result": "结果",
    "Store": "存储",
    "Where the image is kept": "图像保存在何处",
    "In This File": "在此文件中",
    "Packed into the .blend file": "打包到 .blend 文件中",
    "As File": "作为文件",
    "A PNG file in a folder": "文件夹中的 PNG 文件",
    "Where PNG files are written; a file that is there is kept, the new one gets a number": (
        "写入 PNG 文件的位置;已有文件会保留,新文件加上编号"
    ),
    "New Material": "新建材质",
    "Make a material of the texture and put it on the selection": "用纹理创建材质并赋予所选物体",
    "Tile Size": "平铺尺寸",
    "Side that one repetition covers on the object": "一次重复在物体上覆盖的边长",
    "Mapping": "映射",
    "How the texture lies on the object": "纹理如何铺在物体上",
    "Box": "方框",
    "From six sides, without a UV map": "从六个方向投射,无需 UV 贴图",
    "UV Map": "UV 贴图",
    "Along the UV map of the mesh": "沿网格的 UV 贴图",
    "PBR Maps": "PBR 贴图",
    "Normal, height, roughness and metallic as images of their own": "法线、高度、粗糙度和金属度各成一幅图像",
    "Relief": "起伏",
    "What the height does in the material": "高度在材质中的作用",
    "Bump Only": "仅凹凸",
    "It changes the light, not the surface": "只改变光照,不改变表面",
    "Displacement": "置换",
    "It moves the surface, which must be subdivided": "移动表面,表面须先细分",
    "Displacement and Bump": "置换与凹凸",
    "It moves the surface, and changes the light where that is too coarse": "移动表面,并在网格过粗处改变光照",
    "Mark as Asset": "标记为资产",
    "Show the material in the Asset Browser, with a preview": "在资产浏览器中显示材质及其预览",
    "Catalog": "目录",
    "Path in the Asset Browser, such as Materials/Stone": "资产浏览器中的路径,例如 Materials/Stone",
    "Tags": "标签",
    "Words to find the asset by, with commas between them": "用于查找资产的词,以逗号分隔",
    # Operators
    "Generate": "生成",
    "Generate Texture": "生成纹理",
    "Make textures in the background, as images and, if wished, materials. One undo takes them back": (
        "在后台生成纹理,作为图像,也可作为材质。撤销一次即可全部收回"
    ),
    "Recall Texture Settings": "找回纹理设置",
    "Bring back the settings that made this texture. Generate then makes the same pixels": (
        "恢复生成此纹理的设置。再次生成会得到相同的像素"
    ),
    "New Mask": "新建遮罩",
    "Add a black mask of the image's size to paint on: what is white is made anew": (
        "添加与图像同尺寸的黑色遮罩供绘制:白色部分会重新生成"
    ),
    "Set Prompt": "设置提示词",
    "Write this into the prompt": "写入提示词",
    "Small built-in model, {count} materials": "小型内置模型,{count} 种材质",
    (
        "A small model of {size:.0f} MB, trained by Ada Forge on its own procedural materials. It knows {count} of "
        "them in {colors} colors, worn or wet, large or small, and their mixtures; no people, places or things"
    ): (
        "一个 {size:.0f} MB 的小模型,由 Ada Forge 用自己的程序化材质训练。它认识其中 {count} 种材质、{colors} 种颜色,"
        "磨损或潮湿、大或小以及它们的混合;不认识人物、地点或物体"
    ),
    "Start with one of these prompts": "从以下提示词之一开始",
    (
        "Procedural draws these materials exactly. For anything else add a large model: find or download one "
        "under Ada > Models, and choose Diffusion Model as the engine"
    ): ("“程序化”会精确绘制这些材质。若需其他内容,请添加大模型:在 Ada > 模型 中查找或下载,并将引擎设为“扩散模型”"),
    # Sentences
    "Seam score: {scores}": "接缝分数:{scores}",
    "A border can be seen where the texture repeats. Try another seed": "纹理重复处可见边界。请换一个种子",
    "Not in the dictionary: {words}": "词典中没有:{words}",
    "There is no texture. Open an image in the Image Editor": "没有纹理。请在图像编辑器中打开一幅图像",
    "This image was not made here: it holds no settings": "此图像不是在这里生成的:其中没有设置",
    "Not all could be brought back: {names}": "并非全部都能恢复:{names}",
    "Choose the image to start from under Image": "请在“图像”处选择起始图像",
    "Choose a mask image, or press New Mask and paint white what is to be made anew": (
        "请选择遮罩图像,或按“新建遮罩”并将要重新生成的部分涂白"
    ),
    "Nothing is masked. Paint white, or erase, what is to be made anew": "没有遮罩。请将要重新生成的部分涂白或擦除",
    "Write under Prompt what the texture shall show": "请在“提示词”处写明纹理的内容",
    "Choose a model under Model, or press Find Models": "请在“模型”处选择模型,或按“查找模型”",
    "Procedural textures are square. Make width and height equal": "程序化纹理是正方形。请使宽度与高度相等",
    "The image '{name}' holds no pixels. Load or choose another one": "图像“{name}”没有像素。请加载或选择其他图像",
    "'{name}' has no UV map. Unwrap it, or choose Box under Mapping": (
        "“{name}”没有 UV 贴图。请展开 UV,或在“映射”处选择“方框”"
    ),
    "Cannot write '{name}'. Check the folder and the free space": "无法写入“{name}”。请检查文件夹和可用空间",
    "'{name}' could not be written as a file. It is kept in this .blend file": (
        "无法把“{name}”写成文件。它保存在此 .blend 文件中"
    ),
    "'{name}' is no picture that can be read. Choose another file": "“{name}”不是可读取的图片。请选择其他文件",
}
