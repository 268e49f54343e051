"""Chinese of cameras: finding, importing, masks."""

CHINESE: dict[str, str] = {
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
