"""Chinese of textures."""

CHINESE: dict[str, str] = {
    # Textures
    "'{name}' holds no diffusers model. Choose a folder with a model_index.json": (
        "“{name}”中没有 diffusers 模型。请选择含有 model_index.json 的文件夹"
    ),
    "'{name}' is damaged. Copy the model folder again": "“{name}”已损坏。请重新复制模型文件夹",
    "'{name}' is missing or damaged. Copy the model folder again": "“{name}”缺失或已损坏。请重新复制模型文件夹",
    "'{value}' is not known here. Choose one of: {known}": "此处不识别“{value}”。请选择其一:{known}",
    "A mask needs an image. Choose the image that it belongs to": "遮罩需要图像。请选择其所属的图像",
    "Drawing {material}": "正在绘制 {material}",
    "Lighting {material}": "正在为 {material} 打光",
    "Loading the model": "正在加载模型",
    "None of the words in '{prompt}' is in the dictionary. Write the prompt in English": (
        "“{prompt}”中的词均不在词典内。请用英文书写提示词"
    ),
    "Not enough memory for {width} x {height} pixels. Choose a smaller size": (
        "内存不足以生成 {width} x {height} 像素。请选择较小的尺寸"
    ),
    "Picture {number} of {count}: step {step} of {steps}": "第 {number}/{count} 张:第 {step} 步,共 {steps} 步",
    "Steps must lie between 1 and 1000, not {value}": "步数必须在 1 到 1000 之间,而不是 {value}",
    "Strength must lie above 0 and at most at 1, not {value}": "强度必须大于 0 且不超过 1,而不是 {value}",
    "The LoRA '{name}' does not fit this model": "LoRA“{name}”与此模型不匹配",
    "The device '{device}' cannot be used. Choose another in the preferences": (
        "无法使用设备“{device}”。请在偏好设置中选择其他设备"
    ),
    "The mask and the image differ in size. Make them equal": "遮罩与图像尺寸不同。请使其一致",
    "The model in '{name}' could not be loaded ({reason}). Download or copy it again": (
        "无法加载“{name}”中的模型({reason})。请重新下载或复制"
    ),
    "The size must lie between 16 and 8192 pixels, not {width} x {height}": (
        "尺寸必须在 16 到 8192 像素之间,而不是 {width} x {height}"
    ),
    "The size must lie between 16 and {largest} pixels, not {size}": "尺寸必须在 16 到 {largest} 像素之间,而不是 {size}",
    "The folder '{folder}' does not exist. Choose another one": "文件夹“{folder}”不存在。请选择其他文件夹",
    "Nothing of the surface is inside the box. Move the crop box": "框内没有表面。请移动裁剪框",
    "There is no scheduler '{name}'. Choose one of: {names}": "没有名为“{name}”的调度器。请选择其一:{names}",
    "The scheduler '{name}' cannot run this model. Choose Automatic or Euler": (
        "调度器“{name}”无法运行此模型。请选择“自动”或 Euler"
    ),
    "These texture settings are damaged ({reason}). Enter them anew": "这些纹理设置已损坏({reason})。请重新输入",
}
