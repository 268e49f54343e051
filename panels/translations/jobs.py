"""Chinese of the queue, settings by name and the demo."""

CHINESE: dict[str, str] = {
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
}
