"""Simplified Chinese for every string the interface shows; terms as in Blender's own Chinese interface."""

from __future__ import annotations

import bpy

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
    "Put back what Set Up GPU and profiles changed, here and in Cycles' preferences. What you changed since stays": (
        "恢复“设置 GPU”和配置在此处及 Cycles 偏好设置中所做的更改。您之后的更改会保留"
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
    # Doctor and preferences
    # Row names
    "NVIDIA Driver": "NVIDIA 驱动",
    "Graphics Card": "显卡",
    "Data Folder": "数据文件夹",
    "Packages Folder": "软件包文件夹",
    "Online Access": "在线访问",
    "Log File": "日志文件",
    "Free Disk Space": "可用磁盘空间",
    "Operating System": "操作系统",
    "Processor": "处理器",
    "Memory": "内存",
    # Row values
    "{version}, for CUDA {cuda} at most": "{version},最高支持 CUDA {cuda}",
    "{built}, but no card is found; PyTorch computes on the processor": "{built},但未找到显卡;PyTorch 在处理器上计算",
    "{built}, on {names}": "{built},位于 {names}",
    "{built}: {reason}": "{built}:{reason}",
    "{name}, {free:.1f} GiB free of {total:.1f} GiB": "{name},可用 {free:.1f} GiB,共 {total:.1f} GiB",
    "{name}, memory unknown": "{name},显存未知",
    "{name}, {threads} threads": "{name},{threads} 个线程",
    "{free:.1f} GiB free of {total:.1f} GiB": "可用 {free:.1f} GiB,共 {total:.1f} GiB",
    "{version}, older than {minimum}": "{version},低于 {minimum}",
    "{folder}: {reason}": "{folder}:{reason}",
    "None": "无",
    "Installed": "已安装",
    "Not installed": "未安装",
    "Version unknown": "版本未知",
    "Unknown": "未知",
    "Allowed": "已允许",
    "Not allowed": "未允许",
    "Not written": "未写入",
    "Does not start: {reason}": "无法启动:{reason}",
    "PyTorch is built without CUDA": "此 PyTorch 不含 CUDA",
    "PyTorch computes on the processor": "PyTorch 在处理器上计算",
    "Takes card memory only as it needs it": "仅按需占用显存",
    "May have taken the whole card ({reason})": "可能已占用全部显存({reason})",
    # Hints
    "Restart the computer; if that does not help, install the driver anew": "请重新启动计算机;若无效,请重新安装驱动",
    "Restart the computer; if that does not help, update the NVIDIA driver": "请重新启动计算机;若无效,请更新 NVIDIA 驱动",
    "PyTorch is built for CUDA {built}. Update the NVIDIA driver": "PyTorch 针对 CUDA {built} 构建。请更新 NVIDIA 驱动",
    "Press Copy Install Command to get PyTorch for the NVIDIA card": "请按“复制安装命令”以获取支持 NVIDIA 显卡的 PyTorch",
    "Run '{python} -m ensurepip --user' in a terminal before the install command": (
        "请先在终端中运行 '{python} -m ensurepip --user',再运行安装命令"
    ),
    "To download models, turn on Allow Online Access in the preferences of Blender, under System": (
        "要下载模型,请在 Blender 偏好设置的“系统”中启用“允许在线访问”"
    ),
    "Press Copy Install Command and run it in a terminal": "请按“复制安装命令”,并在终端中运行",
    "Too old. Press Copy Install Command": "版本过旧。请按“复制安装命令”",
    "Delete the packages folder, restart Blender and install the packages again": (
        "请删除软件包文件夹,重新启动 Blender,然后重新安装软件包"
    ),
    "Choose a folder that can be written, in the preferences of Ada Forge": "请在 Ada Forge 的偏好设置中选择一个可写入的文件夹",
    "Packages and models need up to {needed:.0f} GiB. Free some space or choose folders on another disk": (
        "软件包和模型最多需要 {needed:.0f} GiB。请释放空间,或选择其他磁盘上的文件夹"
    ),
    "Restart Blender and press Run Doctor before TensorFlow is used": (
        "请重新启动 Blender,并在使用 TensorFlow 之前按“运行诊断”"
    ),
    # Purposes of packages, shown as hints
    "Computes everything that learns": "负责所有学习相关的计算",
    "Needed for reconstruction": "重建所需",
    "Needed for textures": "纹理所需",
    "Reads the memory and the driver of NVIDIA cards": "读取 NVIDIA 显卡的显存和驱动信息",
    "Reads the memory of the computer": "读取计算机的内存信息",
    "Draws charts": "绘制图表",
    # AdaError
    (
        "{packages} must be installed or updated. Run the install command that Ada > Doctor copies, "
        "and 'batch.py doctor' prints, in a terminal"
    ): "需要安装或更新 {packages}。请在终端中运行安装命令:可由 Ada > 诊断 复制,或由 'batch.py doctor' 输出",
    # Operators and the panel
    "Doctor": "诊断",
    "Run Doctor": "运行诊断",
    "Copy Doctor's Report": "复制诊断报告",
    "Copy Install Command": "复制安装命令",
    "Examine PyTorch, the graphics card, packages and folders, and say what to do. This may take seconds": (
        "检查 PyTorch、显卡、软件包和文件夹,并说明应如何处理。可能需要数秒"
    ),
    "Copy the doctor's report to the clipboard as text": "将诊断报告以文本形式复制到剪贴板",
    "Copy the command that installs the missing Python packages. Running it is up to you": (
        "复制用于安装缺失 Python 软件包的命令,由您自行运行"
    ),
    "Paste it into a terminal (PowerShell on Windows); when it is done, press Run Doctor": (
        "请将其粘贴到终端(Windows 上为 PowerShell);完成后按“运行诊断”"
    ),
    "Something is missing. Ada > Doctor in the sidebar says what to do": "有所缺失。侧栏中的 Ada > 诊断 说明了应如何处理",
    "Everything that is needed is there": "所需的一切均已就绪",
    "No package is missing": "没有缺失的软件包",
    "{packages} must be installed. Copy the command, run it in a terminal, then press Run Doctor": (
        "需要安装 {packages}。请复制命令并在终端中运行,然后按“运行诊断”"
    ),
    # Preferences
    "Where the log and downloaded models are kept. Empty: the extension's own user folder": (
        "存放日志和已下载模型的位置。留空:扩展自己的用户文件夹"
    ),
    "Where Python packages are installed and found. Empty: a folder in the extension's user folder": (
        "安装和查找 Python 软件包的位置。留空:扩展用户文件夹中的一个文件夹"
    ),
    "Device": "设备",
    "Where PyTorch computes, unless a panel says otherwise": "PyTorch 进行计算的设备,除非面板中另有指定",
    "Automatic": "自动",
    "The graphics card if PyTorch can use it, else the processor": "若 PyTorch 可用显卡则使用显卡,否则使用处理器",
    "The processor": "处理器",
    "An NVIDIA graphics card": "NVIDIA 显卡",
    "Card": "显卡",
    "Number of the graphics card, as in the doctor's row on CUDA": "显卡编号,与诊断的 CUDA 行一致",
    "Free Threads": "空闲线程",
    "Processor threads that computations leave to the interface": "计算时留给界面的处理器线程数",
    "Log Level": "日志级别",
    "How much is written to the log file": "写入日志文件的详细程度",
    "Warnings": "警告",
    "Only what went wrong": "仅出错的内容",
    "Standard": "标准",
    "What was done and what went wrong": "执行的操作和出错的内容",
    "Everything": "全部",
    "Every detail, to find a fault": "所有细节,用于查找故障",
    "Open Log File": "打开日志文件",
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
    # Queue
    "Starting": "正在启动",
    "Waiting": "等待中",
    "Running": "运行中",
    "Finished": "已完成",
    "Failed": "失败",
    "Cancelled": "已取消",
    "Cancelling": "正在取消",
    "{time} left": "剩余 {time}",
    "steps/s": "步/秒",
    "Jobs": "任务",
    "No jobs yet": "尚无任务",
    "Cancel Job": "取消任务",
    "Stop this job after its current step, or take it out of the queue": "在当前步骤后停止此任务,或将其移出队列",
    "Cancel All": "全部取消",
    "Clear": "清除",
    "Cancel All Jobs": "取消所有任务",
    "Stop the running job and take all others out of the queue": "停止正在运行的任务,并将其他任务全部移出队列",
    "Clear Finished Jobs": "清除已结束的任务",
    "Remove the jobs that have ended from the list": "从列表中移除已结束的任务",
    "Copy Details": "复制详情",
    "Copy the sentence and the technical details of the failure to the clipboard": "将失败的说明和技术详情复制到剪贴板",
    "Apply Ada Result": "应用 Ada 结果",
    "Put the result of a finished job into the file": "将已完成任务的结果放入文件",
    "No job is running or waiting": "没有正在运行或等待的任务",
    "This job is in the queue already": "此任务已在队列中",
    "Unexpected error ({kind}). Copy the details and report them": "意外错误({kind})。请复制详情并报告",
    "{reason}: '{name}'": "{reason}:“{name}”",
    # Settings by name, paths
    "There is no setting '{name}'. The command 'settings' lists them all": "没有名为“{name}”的设置。命令 settings 会列出全部设置",
    "'{name}' does not take '{value}'": "“{name}”不接受“{value}”",
    "Save the file first, or choose an absolute folder: '{name}' is relative to it": (
        "请先保存文件,或选择绝对路径的文件夹:“{name}”是相对于文件的路径"
    ),
    "Cannot write '{name}'. Check the folder and the free space": "无法写入“{name}”。请检查文件夹和可用空间",
    # Demo
    "Add Demo Scene": "添加演示场景",
    "Add a small coloured object with lights, to try Capture Views and Reconstruct on": (
        "添加一个带灯光的彩色小物体,用于尝试“拍摄视图”和“重建”"
    ),
    # Capture
    "Capture Views": "拍摄视图",
    "Render the selected objects from cameras around them into a dataset folder. Files are written; undo keeps them": (
        "从四周的摄像机渲染所选物体,写入数据集文件夹。会写入文件;撤销不会删除它们"
    ),
    "Folder": "文件夹",
    "Where the dataset is written": "数据集的写入位置",
    "Training Views": "训练视图",
    "Pictures to learn from": "用于学习的图片数量",
    "Test Views": "测试视图",
    "Held-out pictures that measure quality": "留出用于衡量质量的图片数量",
    "Resolution": "分辨率",
    "Width and height in pixels": "宽度和高度,以像素为单位",
    "Samples": "采样",
    "Light paths for each pixel": "每个像素的光线路径数",
    "Min Elevation": "最低仰角",
    "Elevation of the lowest camera, negative below the horizon": "最低摄像机的仰角,负值表示低于水平面",
    "Max Elevation": "最高仰角",
    "Elevation of the highest camera": "最高摄像机的仰角",
    "Field of View": "视野",
    "Horizontal angle of the cameras": "摄像机的水平视角",
    "Distance": "距离",
    "Of the cameras, as a multiple of the nearest from which all is seen": "摄像机的距离,为能看到全部物体的最近距离的倍数",
    "Engine": "引擎",
    "What renders the views": "用于渲染视图的引擎",
    "Path tracing": "路径追踪",
    "Real-time renderer; needs a display": "实时渲染器;需要显示环境",
    "Where Cycles renders": "Cycles 渲染所用的设备",
    "GPU Compute": "GPU 计算",
    "The cards that the preferences enable": "偏好设置中启用的显卡",
    "Transparent": "透明",
    "The objects alone with their masks in alpha; else the world is behind them": (
        "仅物体本身,遮罩存于 Alpha;否则背后为世界环境"
    ),
    "Denoise": "降噪",
    "Denoise each view": "对每个视图降噪",
    "Seed": "随机种",
    "Turns the cameras and varies the noise": "转动摄像机并改变噪波",
    "Overwrite": "覆盖",
    "Replace a dataset that was captured into this folder before": "替换先前拍摄到此文件夹的数据集",
    "Advanced": "高级",
    "Measuring the objects": "正在测量物体",
    "Rendering view {number} of {total}": "正在渲染视图 {number}/{total}",
    "Waiting for Blender's own render to finish": "正在等待 Blender 自身的渲染完成",
    "Nothing is selected. Select the objects to capture": "未选择任何物体。请选择要拍摄的物体",
    "Nothing that is selected can be rendered. Select a mesh or another object with a surface": (
        "所选内容均无法渲染。请选择网格或其他有表面的物体"
    ),
    "Nothing that is selected can be seen. Check its materials and its visibility in renders": (
        "所选内容均不可见。请检查其材质和渲染可见性"
    ),
    "The objects are black in the render. Add a light or a world to the scene": (
        "物体在渲染中全黑。请为场景添加灯光或世界环境"
    ),
    "Capture at least one view with at least one sample": "请至少拍摄一个视图,且至少一次采样",
    "Choose a resolution between 8 and 8192 pixels, not {size}": "请选择 8 到 8192 像素之间的分辨率,而不是 {size}",
    "Choose elevations between -90 and 90 degrees, the lowest first": "请选择 -90 到 90 度之间的仰角,最低的在前",
    "Choose a field of view between 5 and 120 degrees and a distance of at least 0.8": (
        "请选择 5 到 120 度之间的视野,以及至少 0.8 的距离"
    ),
    "Cycles has no GPU to render with. Choose one in Preferences > System, or capture on the CPU": (
        "Cycles 没有可用于渲染的 GPU。请在“偏好设置 > 系统”中选择,或使用 CPU 拍摄"
    ),
    "The captured objects were removed meanwhile. Select objects and start again": (
        "拍摄的物体已在此期间被移除。请选择物体后重新开始"
    ),
    "'{folder}' is a file. Choose another folder": "“{folder}”是一个文件。请选择其他文件夹",
    "'{folder}' holds other files. Choose an empty folder": "“{folder}”中有其他文件。请选择空文件夹",
    "'{folder}' holds a dataset already. Choose another folder or Overwrite": (
        "“{folder}”中已有数据集。请选择其他文件夹或“覆盖”"
    ),
    "Cannot write to '{folder}': {reason}. Choose another folder": "无法写入“{folder}”:{reason}。请选择其他文件夹",
    "'{file}' could not be written: {reason}": "无法写入“{file}”:{reason}",
    "'{file}' was not written completely. Free some disk space and start again": (
        "“{file}”未完整写入。请释放磁盘空间后重新开始"
    ),
    "'{file}' was not written completely. Free some disk space and try again": (
        "“{file}”未完整写入。请释放磁盘空间后重试"
    ),
    "Blender's glTF exporter is off. Enable the add-on 'glTF 2.0 format' in Preferences > Add-ons": (
        "Blender 的 glTF 导出器未启用。请在“偏好设置 > 插件”中启用“glTF 2.0 format”"
    ),
    "'{name}' has no surface. Select a mesh": "“{name}”没有表面。请选择网格",
    "The mesh is empty. Train longer or enlarge the crop box": "网格为空。请训练更久或扩大裁剪框",
    "The mesh is damaged. Start again with other settings": "网格已损坏。请更改设置后重新开始",
    # Reconstruct
    "Reconstruct": "重建",
    "Turn posed photos into a coloured mesh, in the background. Undo takes the mesh back": (
        "在后台将带位姿的照片变为彩色网格。撤销可移除该网格"
    ),
    "Photos": "照片",
    "A transforms.json, or the folder that holds it": "transforms.json 文件,或包含它的文件夹",
    "Choose a transforms.json, or the folder that holds it, under Photos": (
        "请在“照片”中选择 transforms.json 文件,或包含它的文件夹"
    ),
    "Choose Photos": "选择照片",
    "Reconstruct from this transforms file": "从此位姿文件重建",
    "File": "文件",
    "Posed Photos": "带位姿的照片",
    "Preset": "预设",
    "Sets steps, resolution and image size; each can then be changed": "设定步数、分辨率和图像尺寸;之后可逐项更改",
    "Draft": "草稿",
    "A first look in about a minute": "约一分钟即可初步查看",
    "Good detail in a few minutes": "几分钟内获得良好细节",
    "High": "高",
    "The finest voxels; meant for a graphics card": "最精细的体素;适合使用显卡",
    "Where PyTorch computes": "PyTorch 进行计算的设备",
    "Method": "方法",
    "What represents the scene while it is learned": "学习过程中场景的表示方式",
    "Signed Distance": "有符号距离",
    "A surface on sparse voxels: clean, closed meshes": "稀疏体素上的表面:干净、封闭的网格",
    "Classic NeRF": "经典 NeRF",
    "The network of the 2020 paper: slow, for comparison": "2020 年论文中的网络:较慢,用于比较",
    "Steps": "步数",
    "Optimisation steps": "优化步数",
    "First Resolution": "起始分辨率",
    "Voxels along the longest side at the coarsest level": "最粗级别最长边上的体素数",
    "Voxels along the longest side at the finest level": "最细级别最长边上的体素数",
    "Levels": "级别",
    "Resolutions from coarse to fine": "从粗到细的分辨率级数",
    "Rays": "光线",
    "Rays for each step": "每一步的光线数",
    "Image Size Limit": "图像尺寸上限",
    "Longest side in pixels; larger pictures are reduced as they are read, 0 keeps them as they are": (
        "最长边的像素数;更大的图片在读取时缩小,0 表示保持原样"
    ),
    "Hold Out Every": "留出间隔",
    "Every n-th picture measures quality where the data has no test split, 0 uses all to learn": (
        "数据没有测试集时,每隔 n 张图片留出一张用于衡量质量,0 表示全部用于学习"
    ),
    "Start of the random numbers": "随机数的起点",
    "Crop Box": "裁剪框",
    "Only what lies inside the box becomes mesh": "只有框内的部分会成为网格",
    "Box": "框",
    "An empty whose cube is the crop box; its scale and rotation count": "以其立方体为裁剪框的空物体;其缩放和旋转有效",
    "Center": "中心",
    "Middle of the crop box": "裁剪框的中心",
    "Size": "尺寸",
    "Side lengths of the crop box": "裁剪框的边长",
    "Add Crop Box": "添加裁剪框",
    "Add an empty cube that bounds what becomes mesh, around the 3D cursor": "在 3D 游标周围添加一个空立方体,限定成为网格的范围",
    "Keep Unseen Faces": "保留不可见的面",
    "Keep what no picture shows, so that the mesh stays closed": "保留任何图片都未显示的部分,使网格保持封闭",
    "Start": "开始",
    "Reading {name}": "正在读取 {name}",
    "Carving the outline": "正在雕刻轮廓",
    "Measuring distances": "正在测量距离",
    "Building the voxels": "正在构建体素",
    "Refining the voxels": "正在细化体素",
    "Choosing rays": "正在选择光线",
    "Step {step} of {steps}": "第 {step} 步,共 {steps} 步",
    "Taking the surface": "正在提取表面",
    "Finding what the cameras see": "正在查找摄像机可见的部分",
    "Measuring {name}": "正在测量 {name}",
    "Building the network": "正在构建网络",
    "Training the network": "正在训练网络",
    "Drawing the network": "正在绘制网络",
    "Sampling the density": "正在采样密度",
    # Bad input to a reconstruction
    "'{path}' does not exist. Choose a folder of photos or a transforms.json": (
        "“{path}”不存在。请选择照片文件夹或 transforms.json"
    ),
    "The folder '{path}' holds no transforms.json. Choose a folder with photos and their camera poses": (
        "文件夹“{path}”中没有 transforms.json。请选择包含照片及其摄像机位姿的文件夹"
    ),
    "'{path}' cannot be read: {reason}. Check the file and its permissions": "无法读取“{path}”:{reason}。请检查文件及其权限",
    "'{path}' is not a JSON file. Choose a transforms.json": "“{path}”不是 JSON 文件。请选择 transforms.json",
    "'{path}' holds no camera poses. Choose a transforms.json with a list of frames": (
        "“{path}”中没有摄像机位姿。请选择含有帧列表的 transforms.json"
    ),
    "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first": (
        "“{path}”使用摄像机模型 {model}。请先将照片去畸变为针孔摄像机"
    ),
    "A frame in '{path}' lacks its image or its pose. Export the camera poses again": (
        "“{path}”中有一帧缺少图像或位姿。请重新导出摄像机位姿"
    ),
    "'{key}' of '{name}' in '{path}' is not a number. Export the camera poses again": (
        "“{path}”中“{name}”的“{key}”不是数字。请重新导出摄像机位姿"
    ),
    "'{name}' is {width} x {height} pixels but '{path}' says {w} x {h}. Export the poses for these images": (
        "“{name}”为 {width} x {height} 像素,但“{path}”中为 {w} x {h}。请为这些图像导出位姿"
    ),
    "'{path}' gives no focal length for '{name}'. It needs camera_angle_x or fl_x": (
        "“{path}”没有给出“{name}”的焦距。需要 camera_angle_x 或 fl_x"
    ),
    "'{path}' names the image '{name}', which does not exist. Put it back": "“{path}”引用的图像“{name}”不存在。请将其放回",
    "The pose of '{name}' in '{path}' is not a matrix of 4 x 4 numbers. Export the camera poses again": (
        "“{path}”中“{name}”的位姿不是 4 x 4 的数字矩阵。请重新导出摄像机位姿"
    ),
    "The pose of '{name}' in '{path}' is mirrored, scaled or sheared. Export the camera without scale": (
        "“{path}”中“{name}”的位姿含有镜像、缩放或切变。请导出无缩放的摄像机"
    ),
    "All cameras of '{path}' are in one place. Take photos from around the object": (
        "“{path}”的所有摄像机都在同一位置。请从物体四周拍摄照片"
    ),
    "All masks of '{path}' are empty. Check the alpha channel of its images": (
        "“{path}”的所有遮罩均为空。请检查其图像的 Alpha 通道"
    ),
    (
        "The images of '{path}' have no transparent pixel. Photos without a mask cannot be reconstructed yet: "
        "cut the object out, so that alpha is 0 around it"
    ): "“{path}”的图像没有透明像素。尚不能重建没有遮罩的照片:请抠出物体,使其周围的 Alpha 为 0",
    (
        "'{name}' has no alpha channel. Photos without a mask cannot be reconstructed yet: "
        "save it as PNG with the object cut out"
    ): "“{name}”没有 Alpha 通道。尚不能重建没有遮罩的照片:请抠出物体并保存为 PNG",
    "'{name}' is broken or cut off. Export it again": "“{name}”已损坏或不完整。请重新导出",
    "'{name}' is not an image that can be read. Export it again as PNG": "“{name}”不是可读取的图像。请重新导出为 PNG",
    "The mask '{mask}' and its image '{name}' differ in size. Export the mask again": (
        "遮罩“{mask}”与其图像“{name}”尺寸不同。请重新导出遮罩"
    ),
    "The crop box has no volume. Give it a size above zero along every axis": "裁剪框没有体积。请使其各轴尺寸大于零",
    "Nothing of the object is inside the box. Move the crop box or check the poses": (
        "框内没有物体的任何部分。请移动裁剪框或检查位姿"
    ),
    "No photo sees anything inside the box. Move the crop box or check the poses": (
        "没有照片能看到框内的内容。请移动裁剪框或检查位姿"
    ),
    "The photos do not bound the object. Set a crop box": "照片未能界定物体范围。请设置裁剪框",
    "The photos do not bound the object from all sides. Set a crop box or add photos from other sides": (
        "照片未能从各个方向界定物体。请设置裁剪框,或添加其他方向的照片"
    ),
    "The masks and the camera poses do not agree: no point is inside all masks. Check the poses": (
        "遮罩与摄像机位姿不一致:没有点位于所有遮罩之内。请检查位姿"
    ),
    "No surface was found. Check the masks and the camera poses, or train for more steps": (
        "未找到表面。请检查遮罩和摄像机位姿,或训练更多步"
    ),
    "The optimisation broke down at step {step}. Try another seed or preset": "优化在第 {step} 步崩溃。请更换随机种或预设",
    "torch cannot use the device {device}. Choose another one, or open Doctor in the Ada panel": (
        "torch 无法使用设备 {device}。请选择其他设备,或打开 Ada 面板中的“诊断”"
    ),
    "{device} has too little memory for this reconstruction. Choose a lower preset or free memory": (
        "{device} 的内存不足以进行此重建。请选择较低的预设或释放内存"
    ),
    "A mesh without faces cannot be compared": "没有面的网格无法比较",
    "No camera sees the mesh, so it cannot be compared": "没有摄像机能看到该网格,因此无法比较",
    # The graphics card
    "Bottom Left": "左下",
    "Bottom Right": "右下",
    "Top Left": "左上",
    "Top Right": "右上",
    "Clear Card History": "清除显卡历史",
    "Computer": "计算机",
    "Corner": "角",
    "Degrees Celsius": "摄氏度",
    "Degrees Fahrenheit": "华氏度",
    "Draw utilization, memory and temperature against time as a picture, and open it in the Image Editor": "将使用率、显存和温度随时间的变化绘制成图片,并在图像编辑器中打开",
    "Export Card History": "导出显卡历史",
    "Forget the card's readings": "丢弃显卡的读数",
    "Green, yellow near and red at the temperature where the card slows down": "绿色;接近显卡降频温度时为黄色,达到时为红色",
    "How busy the card is": "显卡的繁忙程度",
    "Jobs go on below this temperature, in °C": "低于此温度(°C)时任务继续",
    "Jobs pause from this temperature on, in °C": "达到此温度(°C)时任务暂停",
    "Name": "名称",
    "Number of the card to show, -1 for all": "要显示的显卡编号,-1 为全部",
    "Of temperatures": "温度的单位",
    "Of the background": "背景的不透明度",
    "Of the overlay": "叠加层的大小",
    "Opacity": "不透明度",
    "Overlay and History": "叠加层与历史",
    "Pause Ada's own jobs while the card is hot. Renders are not touched": "显卡过热时暂停 Ada 自己的任务。渲染不受影响",
    "Pause At": "暂停温度",
    "Plot Card History": "绘制显卡历史",
    "Power": "功率",
    "Processor and main memory": "处理器和内存",
    "Rate": "频率",
    "Readings in a second": "每秒读数次数",
    "Resume Below": "继续温度",
    "Rows": "行",
    "Show memory, temperature and load of the graphics card over the view": "在视图上显示显卡的显存、温度和负载",
    "Show or hide memory, temperature and load of the graphics card over the view": "显示或隐藏视图上的显卡显存、温度和负载",
    "Temperature": "温度",
    "The card's name": "显卡的名称",
    "Thermal Guard": "过热保护",
    "Toggle Graphics Card Overlay": "切换显卡叠加层",
    "Unit": "单位",
    "Utilization": "使用率",
    "VRAM: what Cycles and others hold, what PyTorch holds, what is free": "显存:Cycles 及其他占用、PyTorch 占用和空闲",
    "What the card draws, and its limit": "显卡的功耗及其上限",
    "What the overlay shows": "叠加层显示的内容",
    "Where in the view": "在视图中的位置",
    "Write the card's readings of the last minutes as a table (.csv, .json) or a picture (.png)": "将最近几分钟的显卡读数写为表格(.csv、.json)或图片(.png)",
    "Install nvidia-ml-py to see the card's memory, temperature and load": "请安装 nvidia-ml-py 以查看显卡的显存、温度和负载",
    "No NVIDIA driver is at work, so that only the processor and the main memory are shown": "没有 NVIDIA 驱动在工作,因此只显示处理器和内存",
    "The NVIDIA driver knows of no card": "NVIDIA 驱动没有发现显卡",
    "The NVIDIA driver reports: {reason}": "NVIDIA 驱动报告:{reason}",
    "The card does not answer ({reason}). Restart the computer if it stays so": "显卡没有响应({reason})。如果一直如此,请重新启动计算机",
    "{name}: {value} °C; it slows down at {limit} °C": "{name}:{value} °C;在 {limit} °C 时降频",
    "{name}: {share:.0%} of the memory is in use": "{name}:显存已使用 {share:.0%}",
    "{name}: slowed down. {reasons}": "{name}:已降频。{reasons}",
    "'{name}' must end in .csv, .json or .png": "“{name}”必须以 .csv、.json 或 .png 结尾",
    "Nothing has been recorded yet. Show the overlay or the panel for a while first": "尚未记录任何内容。请先显示叠加层或面板一段时间",
    "Nothing has been recorded yet": "尚未记录任何内容",
    "Written to '{name}'": "已写入“{name}”",
    "The picture '{name}' is ready for the Image Editor": "图片“{name}”已可在图像编辑器中使用",
    "n/a": "无数据",
    "This Blender": "此 Blender",
    "Clocks": "时钟频率",
    "Limited By": "受限于",
    "Fan": "风扇",
    "Power State": "电源状态",
    "Encoder, Decoder": "编码器、解码器",
    "Show Overlay": "显示叠加层",
    "Reading": "正在读取",
    "Cycles and other": "Cycles 及其他",
    "free": "空闲",
    "Waits until Cycles has rendered": "等待 Cycles 渲染完成",
    "Waits: the card is at {temperature:.0f} °C. Goes on below {limit:.0f} °C": "等待:显卡温度为 {temperature:.0f} °C。低于 {limit:.0f} °C 时继续",
    "The card has too little memory even with the smallest plan. It is used by: {users}. Close what you can, or choose a smaller size": "即使使用最小方案,显存仍然不足。占用者:{users}。请关闭可以关闭的程序,或选择较小的尺寸",
    "The graphics card stopped working for this Blender. Save your file and restart Blender": "显卡已无法为此 Blender 工作。请保存文件并重新启动 Blender",
    "Not enough memory. Starts again with a smaller plan": "内存不足。使用更小的方案重新开始",
    "Needs about {need:.1f} GiB; how much is free is not known": "约需 {need:.1f} GiB;可用量未知",
    "Tries the smallest plan: about {need:.1f} GiB, with {free:.1f} GiB free": "尝试最小方案:约 {need:.1f} GiB,可用 {free:.1f} GiB",
    "Everything fits on the card: {need:.1f} of {free:.1f} GiB free": "全部可放入显卡:{need:.1f} / 可用 {free:.1f} GiB",
    "The text is encoded first and its network released: {need:.1f} of {free:.1f} GiB free": "先编码文本并释放其网络:{need:.1f} / 可用 {free:.1f} GiB",
    "The picture is decoded in tiles: {need:.1f} of {free:.1f} GiB free": "图片分块解码:{need:.1f} / 可用 {free:.1f} GiB",
    "One network at a time is on the card: {need:.1f} of {free:.1f} GiB free": "每次只有一个网络在显卡上:{need:.1f} / 可用 {free:.1f} GiB",
    "One layer at a time is on the card, slowly: {need:.1f} of {free:.1f} GiB free": "每次只有一层在显卡上,较慢:{need:.1f} / 可用 {free:.1f} GiB",
    "Card Memory": "显存",
    "On the card": "在显卡上",
    "In main memory": "在内存中",
    "Not loaded": "未加载",
    "Park Model": "停放模型",
    "Drop Model": "卸载模型",
    "Park Models": "停放所有模型",
    "Drop Models": "卸载所有模型",
    "Move this model to main memory; it comes back when it is used": "将此模型移到内存;使用时会自动返回",
    "Forget this model; it is loaded again when it is used": "卸载此模型;使用时会重新加载",
    "Move all models that no job uses to main memory": "将没有任务使用的所有模型移到内存",
    "Forget all models that no job uses": "卸载没有任务使用的所有模型",
    "No model is held": "没有持有模型",
    "Cycles is rendering": "Cycles 正在渲染",
    "The last render began with less memory than it may need": "上次渲染开始时的显存可能不足",
    "A job uses this model": "有任务正在使用此模型",
}

# Names and bare values: the same in both languages.
SAME = frozenset({
    "", "Ada", "Ada Forge", "Blender", "CPU", "CUDA", "Cycles", "EEVEE", "NumPy", "PSNR", "PyTorch", "Python",
    "TensorFlow", "PCIe", "RAM", "torch", "°C", "°F", "pip", "{version}", "{reason}", "{path}", "{folder}", "{name}", "{free:.1f} GiB",
})  # fmt: skip


def register() -> None:
    # Operator labels are looked up in a context of their own.
    table = {(context, text): chinese for text, chinese in CHINESE.items() for context in ("*", "Operator")}
    bpy.app.translations.register(__package__, {"zh_HANS": table})


def unregister() -> None:
    bpy.app.translations.unregister(__package__)
