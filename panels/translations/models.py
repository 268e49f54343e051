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
    "The hub cannot be reached. Download again later: it goes on where it stopped": (
        "无法连接模型库。请稍后再次下载:会从中断处继续"
    ),
    "The hub has no '{name}'. Check the name": "模型库中没有“{name}”。请检查名称",
    "The hub's answer cannot be read. Try again later": "无法读取模型库的回答。请稍后再试",
    "The model has no safe file '{name}'. Choose a .safetensors file of it": (
        "该模型没有安全的文件“{name}”。请选择它的 .safetensors 文件"
    ),
}
