"""Chinese of the Texture panel."""

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
    # On a model
    "On the Model": "模型附件",
    "Open File": "打开文件",
    "Add File to Model": "向模型添加文件",
    "Put a file on the model: a LoRA, an embedding, a ControlNet or an IP-Adapter": (
        "把文件加到模型上:LoRA、嵌入、ControlNet 或 IP-Adapter"
    ),
    "Remove File from Model": "从模型移除文件",
    "Take this file off the model. The file itself stays": "从模型上取下此文件。文件本身会保留",
    "Use Few Steps": "使用少步数",
    "Take the steps and the guidance that the few-step model or LoRA was made for": (
        "采用少步数模型或 LoRA 所适合的步数和引导强度"
    ),
    "Neither the model nor a LoRA is made for few steps": "模型和 LoRA 都不是为少步数而制",
    "'{name}' is made for few steps ({method}): {steps} are enough": "“{name}”为少步数而制({method}):{steps} 步即可",
    "A view of the scene does not repeat. Set Seamless to None": "场景视图不会重复。请将“无缝”设为“无”",
    "Choose a .safetensors file": "请选择 .safetensors 文件",
    "'{name}' is a whole model. Choose it under Model": "“{name}”是完整的模型。请在“模型”处选择它",
    "A row of the list has no file. Choose one, or remove the row": "列表中有一行没有文件。请选择文件,或移除该行",
    "Depth and normals come from the scene's camera or a finished image. Choose one under From": (
        "深度和法线来自场景摄像机或现成图像。请在“来自”处选择"
    ),
    "The scene has no camera. Add one, or take an image instead": "场景中没有摄像机。请添加一个,或改用图像",
    "The scene has no surface to see. Add an object, or take an image instead": (
        "场景中没有可见的表面。请添加物体,或改用图像"
    ),
    "The built-in model takes no {kind}. Choose a diffusion model": "内置模型不支持 {kind}。请选择扩散模型",
    "'{name}' is a {kind}, not a model. Choose a model": "“{name}”是 {kind},不是模型。请选择模型",
    "'{name}' is no {kind}. Choose another file": "“{name}”不是 {kind}。请选择其他文件",
    "'{name}' is for {family}, but the model is {other}. Choose another file": (
        "“{name}”适用于 {family},但模型是 {other}。请选择其他文件"
    ),
    "Files that change the model's style or subject": "改变模型风格或主题的文件",
    "Files whose words the model learns": "含有模型所学词语的文件",
    "What makes the model follow depth, normals or edges": "使模型遵循深度、法线或边缘",
    "LoRAs": "LoRA",
    "Embeddings": "嵌入",
    "ControlNets": "ControlNet",
    "Use": "使用",
    "Off: it stays in the list and does nothing": "关闭:保留在列表中但不起作用",
    "Where it lies": "文件位置",
    "Weight": "权重",
    "How strongly it works": "作用的强度",
    "Kind": "种类",
    "What kind of picture this ControlNet was taught with": "此 ControlNet 以哪种图像训练",
    "Depth": "深度",
    "Near is white, far is black": "近处为白,远处为黑",
    "Normal": "法线",
    "Which way the surface faces": "表面的朝向",
    "Edges": "边缘",
    "White lines on black, by Canny's method": "黑底白线,用 Canny 方法",
    "Tile": "平铺",
    "The picture itself, to add detail when it is enlarged": "图像本身,用于放大时增添细节",
    "Other": "其他",
    "Whatever this ControlNet was taught with": "此 ControlNet 训练所用的任何图像",
    "From": "来自",
    "Where its picture comes from": "其图像来自何处",
    "Scene Camera": "场景摄像机",
    "What the scene's camera sees, drawn when you press Generate": "场景摄像机所见,按“生成”时绘制",
    "An image of yours; edges are found in it": "您的图像,将在其中查找边缘",
    "Finished Image": "现成图像",
    "An image that is of this kind already": "已经是此种类的图像",
    "What it is shown": "向它展示的内容",
    "A file whose network reads an image as a prompt; the folder image_encoder stands beside it": (
        "其网络把图像当作提示词读取的文件;旁边须有 image_encoder 文件夹"
    ),
    "Image as Prompt": "作为提示的图像",
    "What the IP-Adapter is shown": "向 IP-Adapter 展示的图像",
    "Start From": "起点",
    "What the texture is made of, beside the prompt": "除提示词外,纹理由什么生成",
    "Prompt Only": "仅提示词",
    "Nothing but the words": "只用文字",
    "Image": "图像",
    "Change an image as far as the strength allows": "按强度改变一幅图像",
    "Image and Mask": "图像与遮罩",
    "Make a part of an image anew": "重新生成图像的一部分",
    "Prompt": "提示词",
    "What the texture shows, in English or Chinese": "纹理的内容,用英文或中文书写",
    "Negative Prompt": "反向提示词",
    "What it should not show": "不应出现的内容",
    "Seed Mode": "种子模式",
    "Which seed the next texture gets": "下一个纹理使用哪个种子",
    "Random": "随机",
    "A new one each time; it is shown below": "每次使用新种子,并显示在下方",
    "Fixed": "固定",
    "The same one: equal settings give equal pixels": "相同种子:相同设置得到相同像素",
    "Increment": "递增",
    "The one after the last that was used": "上次所用种子的下一个",
    "Width": "宽度",
    "Height": "高度",
    "Pixels of the texture": "纹理的像素数",
    "Denoising steps; more take longer and show more detail": "去噪步数;步数越多耗时越长,细节越丰富",
    "Guidance": "引导强度",
    "How closely to follow the prompt, 0 takes what suits the model": "遵循提示词的程度,0 使用适合模型的值",
    "Count": "数量",
    "How many to choose from": "生成多少幅供选择",
    "Seamless": "无缝",
    "Along which axes the texture continues at its borders": "纹理沿哪些轴在边界处连续",
    "Both": "两者",
    "Left to right and bottom to top": "从左到右且从下到上",
    "Left to right": "从左到右",
    "Bottom to top": "从下到上",
    "A picture with borders": "带边界的图像",
    "Strength": "强度",
    "How far to leave the image behind: 1 keeps nothing of it": "偏离原图的程度:1 表示完全不保留",
    "What is made anew": "重新生成的部分",
    "Erased": "已擦除",
    "What the Erase Alpha brush took away in the Image Editor, and what is transparent": (
        "在图像编辑器中用擦除 Alpha 笔刷去掉的部分以及透明部分"
    ),
    "Mask Image": "遮罩图像",
    "What is white in another image": "另一幅图像中的白色部分",
    "What to start from": "从哪幅图像开始",
    "White is made anew, black stays": "白色部分重新生成,黑色部分保留",
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
    # Advanced
    "Scheduler": "调度器",
    "How noise is taken away. Automatic is what suits the model": "如何去除噪声。“自动”选用适合模型的方式",
    "Tiled Decoding": "分块解码",
    "Decode in tiles: less memory for large textures": "分块解码:大纹理占用更少内存",
    "Variation": "变化",
    "How far the noise turns from that of the seed to that of the variation seed": (
        "噪声从种子的噪声向变化种子的噪声偏转的程度"
    ),
    "Variation Seed": "变化种子",
    "Of the noise that the variation turns to": "变化所偏向的噪声的种子",
    "Image and Border": "图像与边框",
    "Go on with an image beyond its borders": "将图像延续到边界之外",
    "Left": "左",
    "Right": "右",
    "Top": "上",
    "Bottom": "下",
    "Pixels to add on this side": "在此侧添加的像素数",
    "Say under Start From how many pixels to add on which side": "请在“起点”处写明在哪一侧添加多少像素",
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
