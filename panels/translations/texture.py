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
    "'{name}' holds no ControlNet that fits this model. Choose another one": (
        "“{name}”中没有与此模型匹配的 ControlNet。请选择其他 ControlNet"
    ),
    "'{name}' is missing. Choose another file": "缺少“{name}”。请选择其他文件",
    "'{name}' may hold programs and is not opened. Convert it to .safetensors, or download it as such": (
        "“{name}”可能含有程序,不予打开。请将其转换为 .safetensors 或下载该格式的文件"
    ),
    "Beside '{name}' there is no folder image_encoder. Download it as well": (
        "“{name}”旁没有 image_encoder 文件夹。请一并下载"
    ),
    "Enlarged it would be {width} x {height} pixels; 8192 are the most. Choose a smaller factor": (
        "放大后将为 {width} x {height} 像素,最大为 8192。请选择较小的倍数"
    ),
    "Enlarging to {width} x {height} pixels": "正在放大到 {width} x {height} 像素",
    "Fading the borders into each other": "正在使边缘相互过渡",
    "Made at {wide} x {tall} pixels, a size at which this model tiles exactly, and resized": (
        "以 {wide} x {tall} 像素(此模型可精确平铺的尺寸)生成,然后缩放"
    ),
    "Made in full precision, because half precision overflowed": "因半精度溢出,已改用全精度生成",
    "Outpainting adds pixels: its margins must not be negative": "外扩会增加像素:边距不能为负",
    "Outpainting needs an image. Choose the image to extend": "外扩需要图像。请选择要扩展的图像",
    "The ControlNet '{name}' is for another family of models": "ControlNet“{name}”适用于其他系列的模型",
    "The ControlNet '{name}' needs an image. Choose or render one": "ControlNet“{name}”需要图像。请选择或渲染一张",
    "The IP-Adapter '{name}' does not fit this model": "IP-Adapter“{name}”与此模型不匹配",
    "The IP-Adapter needs an image. Choose the image that serves as prompt": "IP-Adapter 需要图像。请选择用作提示的图像",
    "The embedding '{name}' does not fit this model": "嵌入“{name}”与此模型不匹配",
    "The embedding '{name}' is damaged. Download or copy it again": "嵌入“{name}”已损坏。请重新下载或复制",
    "The factor must lie above 1 and at most at 16, not {value}": "倍数必须大于 1 且不超过 16,而不是 {value}",
    "The model gives no valid picture with these settings. Choose another model, scheduler or LoRA": (
        "此模型以这些设置无法得到有效图像。请选择其他模型、调度器或 LoRA"
    ),
    "The picture overflowed in half precision. Starts again in full precision": (
        "图像在半精度下溢出。以全精度重新开始"
    ),
    "The variation must lie between 0 and 1, not {value}": "变化量必须在 0 到 1 之间,而不是 {value}",
    "This kind of model cannot do that ({reason}). Choose another one": "此类模型无法完成({reason})。请选择其他模型",
    "This model does not heed weights in the prompt": "此模型不理会提示词中的权重",
    "This model is made for few steps: {steps} are enough": "此模型只需少量步数:{steps} 步即可",
    "This model takes no IP-Adapter. Remove it, or choose a Stable Diffusion model": (
        "此模型不支持 IP-Adapter。请将其移除,或选择 Stable Diffusion 模型"
    ),
    "This model takes no embeddings. Remove them, or choose a Stable Diffusion model": (
        "此模型不支持嵌入。请将其移除,或选择 Stable Diffusion 模型"
    ),
    "This model works at a smaller size and adds no detail; only the enlarging network was used": (
        "此模型在较小尺寸下工作,不会增添细节;仅使用了放大网络"
    ),
}
