"""Chinese of the render panel and Ada Realtime."""

CHINESE: dict[str, str] = {
    # Render
    "1024 samples, adaptive, denoised: the setting this began with": "1024 次采样、自适应、降噪:最初的设置",
    "A quick look: some noise is left to the denoiser": "快速查看:部分噪点留给降噪器",
    "A still of the frame that is shown": "当前显示帧的静帧",
    "Ada Realtime": "Ada 实时",
    "Add Render Preset": "添加渲染预设",
    "Animation": "动画",
    "Apply Profile": "应用配置",
    "As in the Article": "与文章相同",
    "Balanced": "均衡",
    "Blender could not render: {reason}": "Blender 无法渲染:{reason}",
    "Cannot make the folder '{folder}'. Choose another one": "无法创建文件夹“{folder}”。请选择其他文件夹",
    "Clean pictures in reasonable time": "在合理时间内得到干净的图像",
    "Cleans those passes first; the accurate way takes a little longer": "先清理这些通道;精确方式耗时稍长",
    "Colours and normals keep edges and textures sharp": "颜色与法线通道使边缘和纹理保持清晰",
    "Current Frame": "当前帧",
    "Cuts off bright specks. 0 keeps the light of glass and metal, 10 flickers less": "截去过亮的噪点。0 保留玻璃和金属的光,10 闪烁更少",
    "Cycles renders on the processor": "Cycles 在处理器上渲染",
    "Cycles renders with {backend} on {cards}": "Cycles 使用 {backend} 在 {cards} 上渲染",
    "Cycles would render on the processor: no card is ready. Check the driver and Preferences > System": (
        "Cycles 会在处理器上渲染:没有可用的显卡。请检查驱动程序以及偏好设置 > 系统"
    ),
    "Do not render where Cycles would use the processor instead of a card": "如果 Cycles 会用处理器代替显卡,则不渲染",
    "Final": "最终",
    "Frame Range": "帧范围",
    "Frame {frame} ({number} of {total})": "第 {frame} 帧({number}/{total})",
    "Frames": "帧",
    "Frames are written as PNG or OpenEXR, not {format}. Change Output > File Format": (
        "帧以 PNG 或 OpenEXR 写入,而不是 {format}。请更改输出 > 文件格式"
    ),
    "Frames that flicker little and start quickly": "闪烁少、启动快的帧",
    "From the scene's first frame to its last, by its step": "从场景的起始帧到结束帧,按其步长",
    "Have Cycles render and denoise on the graphics card, with OptiX or else CUDA, and say what took effect": (
        "让 Cycles 在显卡上渲染和降噪,使用 OptiX,否则使用 CUDA,并说明实际生效的设置"
    ),
    "Keeps the scene on the card between frames; takes memory": "在帧之间将场景保留在显卡上;会占用内存",
    "Lower is quicker, with hardly a visible difference": "较低更快,差别几乎不可见",
    "Nothing is denoised": "不进行降噪",
    "Nothing was changed": "没有更改过任何设置",
    "OpenImageDenoise denoises on the card": "OpenImageDenoise 在显卡上降噪",
    "OpenImageDenoise denoises on the processor": "OpenImageDenoise 在处理器上降噪",
    "OptiX denoises on the card": "OptiX 在显卡上降噪",
    "Other noise in each frame; noise that stands still looks like a dirty lens": "每帧使用不同的噪点;静止的噪点看起来像脏镜头",
    "Passes": "通道",
    "Pixels that are clean already get no more samples": "已经干净的像素不再采样",
    "Presets": "预设",
    "Preview": "预览",
    "Render Profile": "渲染配置",
    "Put back what Set Up GPU, profiles and tuning changed, in the preferences too. What you changed since stays": (
        "恢复“设置 GPU”、配置和调优在此处及 Cycles 偏好设置中所做的更改。您之后的更改会保留"
    ),
    "Removes the noise that is left": "去除剩余的噪点",
    "Render": "渲染",
    "Render Frames": "渲染帧",
    "Render frames again that are there and whole; otherwise they are kept": "重新渲染已存在且完整的帧;否则保留它们",
    "Render the current frame or the frame range into a folder. Frames that are there and whole are kept": (
        "将当前帧或帧范围渲染到文件夹。已存在且完整的帧会保留"
    ),
    "Require GPU": "必须使用 GPU",
    "Restore Render Settings": "恢复渲染设置",
    "Save the settings that profiles hold under a name of your own, or remove such a preset": (
        "以自定名称保存配置所含的设置,或移除这样的预设"
    ),
    "Set Up GPU": "设置 GPU",
    "The last picture, where time matters less": "最终图像,时间不太重要",
    "The most a pixel gets; with a noise threshold most pixels stop long before": "每个像素的采样上限;有噪波阈值时,多数像素会早得多就停止",
    "The noise at which a pixel is clean: what time and quality depend on most": "像素视为干净时的噪点水平:对时间和质量影响最大",
    "The processor takes part, which mostly slows the card down": "处理器也参与渲染,这通常会拖慢显卡",
    "The rendered scene was removed meanwhile. Start again": "渲染的场景已被移除。请重新开始",
    "The scene '{name}' has no camera. Add one, or make one the active camera": "场景“{name}”没有摄像机。请添加一个,或将某个摄像机设为活动摄像机",
    "The scene asks for a card, but Cycles would render on the processor: no card is ready": (
        "场景要求使用显卡,但 Cycles 会在处理器上渲染:没有可用的显卡"
    ),
    "The scene has these settings": "场景已是这些设置",
    "The scene stays in memory between frames": "场景在帧之间保留在内存中",
    "There is no frame to render. Choose a first frame that is not after the last": "没有可渲染的帧。请选择不晚于结束帧的起始帧",
    "This Blender does not take: {names}": "此 Blender 不接受:{names}",
    "What the settings of Cycles are chosen for": "Cycles 设置的用途",
    "Where frames are written, named by their number": "帧写入的位置,以帧号命名",
    "Which frames are rendered": "渲染哪些帧",
    "Write the profile's settings into the scene. Each can then be changed; Restore takes them back": (
        "将配置的设置写入场景。之后可逐项更改;“恢复”可撤回它们"
    ),
    "off": "关",
    "on": "开",
    "{count} settings are as they were": "{count} 项设置已恢复原样",
    "{now} becomes {then}": "{now} 改为 {then}",
    "1024 Samples": "1024 次采样",
    "4096 Samples": "4096 次采样",
    "1024 samples at most, to a noise of 0.01, denoised": "最多 1024 次采样,噪波至 0.01,并降噪",
    "Blender's own default: 4096 samples at most, to a noise of 0.01, denoised": (
        "Blender 的默认设置:最多 4096 次采样,噪波至 0.01,并降噪"
    ),
    "A clamp of 10 would cause {share} of the error here: light of glass and metal is kept": (
        "此处钳制为 10 会造成 {share} 的误差:保留玻璃和金属的光"
    ),
    "About {samples} samples for each pixel; 1024 at most to 0.01 would take {others}": (
        "每个像素约 {samples} 次采样;最多 1024 次、噪波 0.01 时需要 {others} 次"
    ),
    "About {samples} samples for each pixel; 4096 at most to 0.01 would take {others}": (
        "每个像素约 {samples} 次采样;最多 4096 次、噪波 0.01 时需要 {others} 次"
    ),
    "About {time} ± {error}": "约 {time} ± {error}",
    "About {time} ± {error} for {frames} frames": "{frames} 帧约需 {time} ± {error}",
    "As Good As": "质量相当于",
    "Blender rendered no picture. Check the scene with F12 first": "Blender 没有渲染出图像。请先用 F12 检查场景",
    "Colours and normals are clean already": "颜色与法线通道已经干净",
    "Colours and normals are noisy here": "此处颜色与法线通道有噪点",
    "Cycles finds the least number from the threshold": "Cycles 根据阈值自行确定最少次数",
    "Half of the bounces carry nothing that is seen": "一半的反弹不带来可见的光",
    "Its noise comes from: {passes}": "噪点来自:{passes}",
    "Path guiding reaches the same noise {times} times sooner here": "路径引导在此处达到相同噪点快 {times} 倍",
    "Render short pilots, see what this scene needs, and set Cycles up for it. Restore takes the settings back": (
        "渲染简短的试样,查看此场景的需要,并据此设置 Cycles。“恢复”可撤回这些设置"
    ),
    "Rendering pilot {number}": "正在渲染第 {number} 个试样",
    "The scene '{name}' has no view layer that is rendered. Switch one on": (
        "场景“{name}”没有可渲染的视图层。请启用一个"
    ),
    "The scene has {things}": "场景含有{things}",
    "The sky is found quickly enough without a map of its light: {times} times faster at equal noise": (
        "没有光照贴图也能足够快地采样天空:相同噪点下快 {times} 倍"
    ),
    "Tune for This Scene": "为此场景调优",
    "Tuning is for Cycles. Choose it in Render > Render Engine": ("调优仅适用于 Cycles。请在渲染 > 渲染引擎中选择它"),
    "What the clamp takes away is less than the noise it spares": "钳制去掉的光少于它避免的噪点",
    "What the noisiest pixels need": "噪点最多的像素所需",
    "What the tuned settings shall be as good as, in less time": "调优后的设置应以更少时间达到的质量",
    "With the light tree {times} times faster at equal noise": "使用光线树,相同噪点下快 {times} 倍",
    "Without the light tree {times} times faster at equal noise": "不用光线树,相同噪点下快 {times} 倍",
    "a textured sky": "带纹理的天空",
    "glass and other transmission": "玻璃及其他透射",
    "glowing surfaces": "发光表面",
    "hair": "毛发",
    "light from surface to surface": "表面之间的间接光",
    "many lights": "大量灯光",
    "motion blur or depth of field": "运动模糊或景深",
    "reflections": "反射",
    "several light sources": "多个光源",
    "volumes": "体积",
}
