"""Chinese of models as they are loaded and placed."""

CHINESE: dict[str, str] = {
    "'{name}' belongs to other models and makes no picture by itself. Choose a whole model": (
        "“{name}”从属于其他模型,无法单独生成图片。请选择完整的模型"
    ),
    "'{name}' holds only a part of its model. Download or copy it again": (
        "“{name}”只包含模型的一部分。请重新下载或复制"
    ),
    "'{name}' is laid out as no model that is known here. Get the same model as a diffusers folder": (
        "“{name}”的结构不属于此处认识的任何模型。请获取同一模型的 diffusers 文件夹版本"
    ),
    "'{name}' is only the denoiser of a model. Install any {family} as a diffusers folder: the rest is taken from it": (
        "“{name}”只是模型的去噪网络。请以 diffusers 文件夹形式安装任意一个 {family}:其余部分取自其中"
    ),
    "'{name}' needs the vocabulary of CLIP, which no single file holds and which is not on this computer. Put vocab.json and merges.txt of openai/clip-vit-large-patch14 beside it, or install any Stable Diffusion as a diffusers folder": (
        "“{name}”需要 CLIP 词表,单个文件中不含它,本机上也没有。请将 openai/clip-vit-large-patch14 的 vocab.json 和 merges.txt "
        "放在该文件旁,或以 diffusers 文件夹形式安装任意一个 Stable Diffusion"
    ),
    "'{name}' needs the vocabulary of T5, which no single file holds and which is not on this computer. Install any FLUX as a diffusers folder, or put its tokenizer_2 beside the file": (
        "“{name}”需要 T5 词表,单个文件中不含它,本机上也没有。请以 diffusers 文件夹形式安装任意一个 FLUX,或将其 tokenizer_2 放在该文件旁"
    ),
    "Checks {name}: {percent:.0%}": "正在校验 {name}:{percent:.0%}",
    "Loading {name}: {percent:.0%}": "正在加载 {name}:{percent:.0%}",
    "Main memory is too small to load '{name}' ({size:.1f} GiB). Close other programs, or choose a smaller model": (
        "内存不足以加载“{name}”({size:.1f} GiB)。请关闭其他程序,或选择较小的模型"
    ),
    "Main memory suffices: {need:.1f} of {free:.1f} GiB free": "内存足够:需要 {need:.1f} GiB,空闲 {free:.1f} GiB",
    "Models like '{name}' cannot be loaded from one file. Get the same model as a diffusers folder": (
        "“{name}”这类模型无法从单个文件加载。请获取同一模型的 diffusers 文件夹版本"
    ),
    "Not enough memory. Loads again with all other models dropped": "内存不足。正在丢弃其他所有模型后重新加载",
    "The model could not be compiled and runs as it is": "模型无法编译,将按原样运行",
    "A seed must lie between 0 and 9223372036854775807, not {value}": "种子必须在 0 到 9223372036854775807 之间,而不是 {value}",
    "A weight is no number. Enter all weights anew": "有权重不是数字。请重新输入所有权重",
    "An image holds values that are no numbers, or not three channels. Choose another one": (
        "有图像含有非数字的值,或不是三个通道。请选择其他图像"
    ),
    "Count must be at least 1, not {value}": "数量必须至少为 1,而不是 {value}",
    "Guidance must lie between 0 and 100, not {value}": "引导强度必须在 0 到 100 之间,而不是 {value}",
    "Seamless must be one of {names}, not '{value}'": "无缝必须是 {names} 之一,而不是“{value}”",
}
