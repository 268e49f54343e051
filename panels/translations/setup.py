"""Chinese of the doctor and the preferences."""

CHINESE: dict[str, str] = {
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
}
