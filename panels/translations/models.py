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
}
