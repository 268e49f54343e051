"""Chinese of model files."""

CHINESE: dict[str, str] = {
    "'{name}' cannot be read: {reason}": "无法读取“{name}”:{reason}",
    "'{name}' does not exist. Choose another model": "“{name}”不存在。请选择其他模型",
    "'{name}' holds no model that is known here. Choose another file": "“{name}”中没有此处认识的模型。请选择其他文件",
    "'{name}' holds no weights. Download or copy it again": "“{name}”中没有权重。请重新下载或复制",
    "'{name}' is a GGUF file. Get the same model as .safetensors": "“{name}”是 GGUF 文件。请获取同一模型的 .safetensors 版本",
    "'{name}' is a pickle, which can run programs when it is opened. Get the same model as .safetensors, or convert it with a program that you trust": (
        "“{name}”是 pickle 文件,打开时可能运行程序。请获取同一模型的 .safetensors 版本,或用您信任的程序转换它"
    ),
    "'{name}' is a web page, not a model. Log in on the page and download again": (
        "“{name}”是网页而不是模型。请在网页上登录后重新下载"
    ),
    "'{name}' is cut off after {size} of {whole} bytes. Download or copy it again": (
        "“{name}”在 {whole} 字节中的 {size} 字节处中断。请重新下载或复制"
    ),
    "'{name}' is damaged. Download or copy it again": "“{name}”已损坏。请重新下载或复制",
    "'{name}' is not a safetensors model. Choose a .safetensors file": "“{name}”不是 safetensors 模型。请选择 .safetensors 文件",
    "'{name}' only points to the model. Download the model itself with Git LFS": (
        "“{name}”只是指向模型的指针。请用 Git LFS 下载模型本身"
    ),
    "'{name}' came damaged from the hub. Download it again": "从模型库收到的“{name}”已损坏。请重新下载",
    "'{name}' has no files that can be used: only safetensors are. Choose another": (
        "“{name}”没有可用的文件:只能使用 safetensors。请选择其他模型"
    ),
    "'{name}' is no model of the hub. Write it as owner/name": "“{name}”不是模型库中的模型。请写成 所有者/名称",
    "'{name}' may not be read. Accept its licence on the hub and give your token": (
        "不允许读取“{name}”。请在模型库网页上接受其许可并提供您的令牌"
    ),
    "Asks the hub for {name}": "正在向模型库查询 {name}",
    "Downloads {name}: {done:.0f} of {total:.0f} MiB": "正在下载 {name}:{done:.0f}/{total:.0f} MiB",
    "The connection was lost. Tries again": "连接中断。正在重试",
    "The disk has too little room: {size:.1f} GiB are missing. Free some, or choose another folder": (
        "磁盘空间不足:还缺 {size:.1f} GiB。请释放空间,或选择其他文件夹"
    ),
    "There are several models. Say which file: {files}": "有多个模型。请指明文件:{files}",
    "Looking for models": "正在查找模型",
    "Reads {name}": "正在读取 {name}",
    # The panel
    "Models": "模型",
    "What makes pictures": "用于生成图像",
    "LoRA": "LoRA",
    "Small files that change a model's style or subject": "改变模型风格或主题的小文件",
    "ControlNet": "ControlNet",
    "What makes a model follow depth, normals or edges": "使模型遵循深度、法线或边缘",
    "Embedding": "嵌入",
    "Words that a model learns": "模型学到的词",
    "IP-Adapter": "IP-Adapter",
    "What makes a model take an image as a prompt": "使模型把图像当作提示词",
    "Parts": "部件",
    "Parts of models, which are of no use alone": "模型的部件,单独无用",
    "Show": "显示",
    "Which kind of model is listed": "列出哪一类模型",
    "Chosen Model": "所选模型",
    "Row of the list": "列表中的行",
    "Model on the Hub": "模型库中的模型",
    "As owner/name: what stands at the head of the model's page on huggingface.co": (
        "写成 所有者/名称,即 huggingface.co 上该模型页面顶部的文字"
    ),
    "File": "文件",
    "One .safetensors file of it; empty takes the whole model": "其中的一个 .safetensors 文件;留空则下载整个模型",
    "Token": "令牌",
    "Of your account on the hub, for models whose licence must be accepted. It is not saved": (
        "您在模型库的账户令牌,用于须接受许可的模型。不会保存"
    ),
    "Find Models": "查找模型",
    "Look for models in your folders, in the hub's cache and where ComfyUI and A1111 are installed": (
        "在您的文件夹、模型库缓存以及 ComfyUI 和 A1111 的安装位置查找模型"
    ),
    "Add Model Folder": "添加模型文件夹",
    "Look for models in a folder too: one of yours, or that of a ComfyUI or A1111. Nothing in it is changed": (
        "也在某个文件夹中查找模型:您自己的,或 ComfyUI、A1111 的。其中内容不会改变"
    ),
    "Remove Model Folder": "移除模型文件夹",
    "Look for models in this folder no more. The files stay": "不再在此文件夹中查找模型。文件会保留",
    "Use Model": "使用模型",
    "Make textures with this model, with the steps, guidance and size that suit it; or put this LoRA on": (
        "用此模型生成纹理,并采用适合它的步数、引导强度和尺寸;或加上此 LoRA"
    ),
    "Open Model Folder": "打开模型文件夹",
    "Show the folder of this model": "显示此模型所在的文件夹",
    "Remove Model from List": "从列表移除模型",
    "Take this model out of the list. Its files stay": "将此模型移出列表。文件会保留",
    "Delete Model": "删除模型",
    "Delete the files of this model from the disk. This cannot be undone": "从磁盘删除此模型的文件。无法撤销",
    "Delete '{name}', {size}, from the disk? This cannot be undone": "从磁盘删除“{name}”({size})?无法撤销",
    "'{name}' lies in the hub's cache, which programs share. Delete it there": (
        "“{name}”位于多个程序共用的模型库缓存中。请在那里删除"
    ),
    "'{name}' is only a part of a model. Choose a whole one": "“{name}”只是模型的一个部件。请选择完整的模型",
    "No model is chosen. Press Find Models in Ada > Models": "未选择模型。请在 Ada > 模型 中按“查找模型”",
    "Made for few steps: {method}": "为少步数而制:{method}",
    "Choose a Model": "选择模型",
    "No model is known yet. Find those on this computer, or download one": "尚无已知模型。请查找本机上的模型,或下载一个",
    "Missing": "缺失",
    "It says nothing of a licence": "其中未说明许可",
    "Folders": "文件夹",
    "Download": "下载",
    "Download Model": "下载模型",
    "Download a model from the hub. Every byte is checked; cancelled or cut off, the next time goes on from there": (
        "从模型库下载模型。每个字节都会校验;取消或中断后,下次从该处继续"
    ),
    "Blender is offline. Models are downloaded only when it may go online": "Blender 处于离线状态。仅在允许联网时才下载模型",
    "Blender is offline. Tick Preferences > System > Allow Online Access, or start it --online-mode": (
        "Blender 处于离线状态。请勾选“偏好设置 > 系统 > 允许联网”,或以 --online-mode 启动"
    ),
    "Write which model, as owner/name": "请写明哪个模型,格式为 所有者/名称",
    "Into {folder}": "写入 {folder}",
    "Diffusion Models": "扩散模型",
    "Channels Last": "通道在后",
    "Keep models in the order that tensor cores prefer: faster on many graphics cards": (
        "按张量核心偏好的顺序存放模型:在许多显卡上更快"
    ),
    "Compile Models": "编译模型",
    "Translate models with torch.compile: the first texture takes minutes, the next ones less time. Without a compiler they run as they are": (
        "用 torch.compile 编译模型:第一幅纹理需数分钟,之后更快。没有编译器时照常运行"
    ),
    "Bfloat16 on the Processor": "处理器使用 bfloat16",
    "Compute models in 16 bits on processors with AMX or AVX-512 BF16: faster with large models, and in half the "
    "memory. Textures differ a little. Other processors stay at 32 bits": (
        "在带有 AMX 或 AVX-512 BF16 的处理器上以 16 位计算模型:大模型更快,内存减半。纹理会略有不同。其他处理器仍用 32 位"
    ),
    "8-Bit Weights": "8 位权重",
    "Keep models in half the memory; textures differ a little. For models that do not fit otherwise": (
        "以一半内存存放模型;纹理略有差异。用于否则放不下的模型"
    ),
    "Models Folder": "模型文件夹",
    "Where downloaded models are written. Empty: a folder in the data folder": (
        "下载的模型写入的位置。留空:数据文件夹中的一个文件夹"
    ),
    "The hub cannot be reached. Download again later: it goes on where it stopped": (
        "无法连接模型库。请稍后再次下载:会从中断处继续"
    ),
    "The hub has no '{name}'. Check the name": "模型库中没有“{name}”。请检查名称",
    "The hub's answer cannot be read. Try again later": "无法读取模型库的回答。请稍后再试",
    "The model has no safe file '{name}'. Choose a .safetensors file of it": (
        "该模型没有安全的文件“{name}”。请选择它的 .safetensors 文件"
    ),
}
