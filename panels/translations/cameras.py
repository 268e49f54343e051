"""Chinese of cameras: finding, importing, masks."""

CHINESE: dict[str, str] = {
    # Find Cameras
    "Find Cameras": "求解摄像机",
    "Find out where photos were taken, in the background. Writes transforms.json; undo takes the cameras back": (
        "在后台求出照片的拍摄位置。会写入 transforms.json;撤销可移除摄像机"
    ),
    "A folder of photos, or a video": "照片文件夹,或视频",
    "Where transforms.json and the pictures of a video are written. Empty: beside the photos": (
        "transforms.json 和视频图片的写入位置。留空则写在照片旁边"
    ),
    "Longest side in pixels at which features are searched; more is slower and not always better": (
        "搜索特征时最长边的像素数;更大则更慢,且不一定更好"
    ),
    "Compare": "比较",
    "Which photos are compared with which": "哪些照片相互比较",
    "All up to 60 photos, beyond that each with those that look like it": "60 张以内全部比较,更多时只与相似的照片比较",
    "All Pairs": "所有组合",
    "Every photo with every other: thorough, slow for many": "每张照片与其他所有照片比较:彻底,照片多时较慢",
    "In Order": "按顺序",
    "Each with those before and after it: videos and walks": "每张与其前后的照片比较:适合视频和连续行走拍摄",
    "Lens": "镜头",
    "How the lens bends straight lines": "镜头如何弯曲直线",
    "By the number of photos": "根据照片数量",
    "Simple": "简单",
    "One term: few photos": "一项参数:照片较少",
    "Full": "完整",
    "Four terms: from a dozen photos with one lens": "四项参数:同一镜头十几张照片以上",
    "Fisheye": "鱼眼",
    "Lenses that see half of all directions": "能看到一半方向的镜头",
    "Video Pictures": "视频图片数",
    "Pictures taken out of a video, evenly": "从视频中均匀取出的图片数",
    "Skip Blurred": "跳过模糊照片",
    "Leave out photos far less sharp than their neighbors": "排除清晰度远低于相邻照片的照片",
    "Skip Duplicates": "跳过重复照片",
    "Leave out photos that show the same as the one before": "排除与前一张内容相同的照片",
    "Replace a transforms.json that was not made here": "替换并非由此处生成的 transforms.json",
    "and {count} more": "另有 {count} 条",
    "Finds the cameras of photos": "求解照片的摄像机",
    "Choose a folder of photos, or a video, under Photos": "请在“照片”中选择照片文件夹或视频",
    "'{path}' does not exist. Choose a folder of photos or a video": "“{path}”不存在。请选择照片文件夹或视频",
    "The folder '{folder}' holds {count} photos. Cameras need at least {minimum}, better 20 or more": (
        "文件夹“{folder}”中有 {count} 张照片。求解摄像机至少需要 {minimum} 张,最好 20 张以上"
    ),
    "'{name}' was left out: it is broken or no photo": "“{name}”已排除:文件损坏或不是照片",
    "'{name}' was left out: its mask is empty": "“{name}”已排除:遮罩为空",
    "'{name}' was left out: it shows the same as {other}": "“{name}”已排除:与 {other} 内容相同",
    "'{name}' was left out: it is blurred": "“{name}”已排除:模糊",
    "'{name}' was left out: it does not overlap the others enough": "“{name}”已排除:与其他照片重叠不足",
    "Only {count} of {total} photos can be used; the others are broken, blurred or the same. Take more photos": (
        "{total} 张照片中只有 {count} 张可用;其余损坏、模糊或重复。请拍摄更多照片"
    ),
    "'{name}' has {count} pictures, too few to find cameras. Choose another video": (
        "“{name}”只有 {count} 张图片,不足以求解摄像机。请选择其他视频"
    ),
    "'{name}' is no video that Blender can read. Convert it to MP4": "Blender 无法读取视频“{name}”。请将其转换为 MP4",
    "Reading picture {number} of {name}": "正在读取 {name} 的第 {number} 张图片",
    "Finding features": "正在查找特征",
    "Finding features: {done} of {total} photos": "正在查找特征:{done}/{total} 张照片",
    "Comparing photos: {done} of {total} pairs": "正在比较照片:{done}/{total} 对",
    "Placing cameras: {done} of {total}": "正在放置摄像机:{done}/{total}",
    "Writing the cameras": "正在写入摄像机",
    "The camera solver could not be started: {reason}": "无法启动摄像机求解器:{reason}",
    "The camera solver broke down: {reason}": "摄像机求解器出错:{reason}",
    "The photos were all taken from one place. Walk around the object while taking photos": (
        "照片都在同一位置拍摄。请绕着物体走动拍摄"
    ),
    "The photos do not overlap enough. Take more, each showing most of what the one before showed": (
        "照片重叠不足。请拍摄更多照片,使每张包含前一张的大部分内容"
    ),
    "The photos fall into {count} parts that do not overlap; the largest is used. Add photos between": (
        "照片分为互不重叠的 {count} 部分;已使用最大的一部分。请补拍其间的照片"
    ),
    "Only {count} photos have a camera: the shape will be weak. Take 20 or more": (
        "只有 {count} 张照片求得摄像机:形状会不可靠。请拍摄 20 张以上"
    ),
    "The cameras are off by {error:.1f} pixels in the mean: check for blur or moving things": (
        "摄像机平均偏差 {error:.1f} 像素:请检查是否有模糊或移动的物体"
    ),
    "'{path}' was not made here. Choose another folder or Overwrite": "“{path}”并非由此处生成。请选择其他文件夹或“覆盖”",
    # Import Cameras
    "Import Cameras": "导入摄像机",
    "Add the cameras of another program's file to the scene, and reconstruct from them": (
        "将其他程序文件中的摄像机添加到场景,并由此重建"
    ),
    # Mask Photos
    "Mask Photos": "为照片加遮罩",
    "Write copies of the photos with masks as alpha into a folder of their own. The photos stay as they are": (
        "将带有 Alpha 遮罩的照片副本写入单独的文件夹。原照片保持不变"
    ),
    "A folder of photos, with or without cameras. Empty: those of Reconstruct": (
        "照片文件夹,可带或不带摄像机。留空则使用“重建”的照片"
    ),
    "Where the masked photos are written. Empty: a folder beside the photos": "带遮罩照片的写入位置。留空则为照片旁边的文件夹",
    "Mask": "遮罩",
    "What tells the object from what is around it": "用什么区分物体与其周围",
    "Key Color": "键控颜色",
    "All that differs from a color belongs to the object": "与该颜色不同的部分都属于物体",
    "Mask Files": "遮罩文件",
    "White in pictures named like the photos": "与照片同名的图片中的白色部分",
    "Painted": "绘制",
    "What the Erase Alpha brush left of the photos in the Image Editor": "在图像编辑器中用“擦除 Alpha”笔刷保留的部分",
    "Outlined": "轮廓",
    "Closed curves of Blender's masks, each mask named like its photo": "Blender 遮罩的闭合曲线,每个遮罩与其照片同名",
    "Color of the background": "背景的颜色",
    "Tolerance": "容差",
    "How far from the key color still is background; black and white are 1 apart": (
        "与键控颜色相差多少仍算背景;黑白相差为 1"
    ),
    "Softness": "柔和度",
    "Width of the border between both": "两者之间边界的宽度",
    "Folder of masks, named like the photos": "遮罩文件夹,文件名与照片相同",
    "Files": "文件",
    "Invert": "反转",
    "Keep what would be hidden": "保留原本会被隐藏的部分",
    "Write into a folder that holds files; those of the same names are replaced": "写入已有文件的文件夹;同名文件将被替换",
    "Masking {name}": "正在为 {name} 加遮罩",
    "Choose a folder of photos under Photos": "请在“照片”中选择照片文件夹",
    "Choose the folder of the mask files": "请选择遮罩文件的文件夹",
    "'{name}' was left out: it has no mask": "“{name}”已排除:没有遮罩",
    "{count} masks hide nothing: check the threshold or their files": "{count} 个遮罩没有隐藏任何内容:请检查阈值或遮罩文件",
    "'{folder}' holds the photos themselves. Choose another folder for the masks": (
        "“{folder}”中是照片本身。请为遮罩选择其他文件夹"
    ),
    "All masks of '{path}' hide everything. Check the threshold or the mask files": (
        "“{path}”的所有遮罩都隐藏了全部内容。请检查阈值或遮罩文件"
    ),
    "All masks of '{path}' hide nothing. Check the threshold or the mask files": (
        "“{path}”的所有遮罩都没有隐藏任何内容。请检查阈值或遮罩文件"
    ),
    # Cameras of other programs
    "The pose of '{name}' in '{path}' is not made of numbers. Export the cameras again": (
        "“{path}”中“{name}”的位姿不是数字。请重新导出摄像机"
    ),
    "The pose of '{name}' in '{path}' is scaled or sheared. Export the cameras again": (
        "“{path}”中“{name}”的位姿含有缩放或切变。请重新导出摄像机"
    ),
    "The pose of '{name}' in '{path}' is left-handed. Export the cameras with right-handed axes": (
        "“{path}”中“{name}”的位姿为左手坐标系。请以右手坐标系导出摄像机"
    ),
    (
        "The cameras of '{path}' look away from its points: their axes are turned or mirrored. "
        "Export the cameras again with this format's own axes"
    ): "“{path}”的摄像机背对其中的点:坐标轴被翻转或镜像。请用该格式自身的坐标轴重新导出摄像机",
    "'{path}' is cut off or damaged. Export the model again": "“{path}”不完整或已损坏。请重新导出模型",
    "'{path}' holds no camera. Export a model with registered images": "“{path}”中没有摄像机。请导出含有已注册图像的模型",
    "'{path}' is not an XML file of Metashape's cameras. Export the cameras again": (
        "“{path}”不是 Metashape 的摄像机 XML 文件。请重新导出摄像机"
    ),
    "'{path}' holds no aligned camera. Align the photos and export the cameras again": (
        "“{path}”中没有已对齐的摄像机。请对齐照片后重新导出摄像机"
    ),
    "'{path}' is not a CSV file of RealityCapture's cameras. Export Internal/External camera parameters": (
        "“{path}”不是 RealityCapture 的摄像机 CSV 文件。请导出“Internal/External camera parameters”"
    ),
    "None of the photos that '{path}' names is beside it. Put the photos into its folder": (
        "“{path}”引用的照片均不在其旁边。请将照片放入它的文件夹"
    ),
    "'{path}' is not an SfM file of Meshroom. Export it again as JSON": "“{path}”不是 Meshroom 的 SfM 文件。请重新导出为 JSON",
    "The folder '{path}' holds several files of cameras. Choose one of them": "文件夹“{path}”中有多个摄像机文件。请选择其中一个",
    (
        "'{path}' is not a file of cameras. Choose COLMAP's images.bin or images.txt, Metashape's XML, "
        "RealityCapture's CSV, Meshroom's SfM or a transforms.json"
    ): (
        "“{path}”不是摄像机文件。请选择 COLMAP 的 images.bin 或 images.txt、Metashape 的 XML、RealityCapture 的 CSV、"
        "Meshroom 的 SfM 或 transforms.json"
    ),
}
