"""Chinese of capture and reconstruction."""

CHINESE: dict[str, str] = {
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
    "Lamps with shadows, without bounces or noise: many views in little time": "灯光与阴影,无反弹光、无噪点:短时间内得到大量视图",
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
    "Add an empty cube around what the cameras look at. Only its inside becomes mesh; move it while the job runs": (
        "在摄像机所看之处周围添加一个空立方体。只有其内部成为网格;任务运行时也可移动"
    ),
    "Preview": "预览",
    "What the viewport shows while the job runs": "任务运行时视图显示的内容",
    "Surface": "表面",
    "The surface as it grows": "正在生长的表面",
    "Novel View": "新视角",
    "The field as the viewport sees it, wherever you turn; with perspective only": "视图所见的场,可随意转动;仅限透视",
    "Off": "关闭",
    "Nothing: all time is for learning": "不显示:全部时间用于学习",
    "Keep Unseen Faces": "保留不可见的面",
    "Keep what no picture shows, so that the mesh stays closed": "保留任何图片都未显示的部分,使网格保持封闭",
    "Start": "开始",
    "Go On": "继续",
    "Go On Reconstructing": "继续重建",
    "Go on with the kept field of these photos where the job was stopped, with the settings it began with": (
        "从任务停止之处继续这些照片所保留的场,沿用其开始时的设置"
    ),
    "Keep Field": "保留场",
    "Write what is learned to a file, also when the job is cancelled: to go on later, or to render it": (
        "将学到的内容写入文件,取消任务时也会写入:以便之后继续或进行渲染"
    ),
    "Field File": "场文件",
    "Where the field is kept; empty means beside the photos": "保留场的位置;留空表示在照片旁边",
    "No field can be kept at '{path}'. Choose a .safetensors file under Field File": (
        "无法在“{path}”保留场。请在“场文件”中选择一个 .safetensors 文件"
    ),
    "Reading {name}": "正在读取 {name}",
    "Carving the outline": "正在雕刻轮廓",
    "Reducing {name}": "正在缩小“{name}”",
    "Looking into hollows: step {step} of {steps}": "正在查看凹处:第 {step} 步,共 {steps} 步",
    "Looking into hollows": "正在查看凹处",
    "Finding the object: step {step} of {steps}": "正在寻找物体:第 {step} 步,共 {steps} 步",
    "Looking for the object": "正在定位物体",
    "Drawing the background of {name}": "正在绘制“{name}”的背景",
    "Measuring distances": "正在测量距离",
    "Building the voxels": "正在构建体素",
    "Refining the voxels": "正在细化体素",
    "Choosing rays": "正在选择光线",
    "Step {step} of {steps}": "第 {step} 步,共 {steps} 步",
    "Taking the surface": "正在提取表面",
    "Finding what the cameras see": "正在查找摄像机可见的部分",
    "Drawing {name}": "正在绘制 {name}",
    "Reading the kept field": "正在读取保留的场",
    "There is no kept field at '{path}'. Start a reconstruction with Keep Field on": (
        "“{path}”处没有保留的场。请在开启“保留场”的情况下开始重建"
    ),
    "'{path}' holds no field, or is damaged. Start the reconstruction anew": "“{path}”中没有场,或已损坏。请重新开始重建",
    "'{path}' is of another version of Ada Forge. Start the reconstruction anew": (
        "“{path}”来自其他版本的 Ada Forge。请重新开始重建"
    ),
    "'{path}' was learned from other photos. Choose those, or start anew": (
        "“{path}”是从其他照片学习的。请选择那些照片,或重新开始"
    ),
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
    "'{name}' has no alpha channel, though other images of '{path}' have. Mask all of them, or none": (
        "“{path}”的其他图像有 Alpha 通道,而“{name}”没有。请为所有图像添加遮罩,或一个也不加"
    ),
    "Nothing solid was found where the cameras look. Set a crop box around the object": (
        "在相机所看之处没有找到实体。请在物体周围设置裁剪框"
    ),
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
    # Texture from the photos
    "Preparing {name}": "正在准备 {name}",
    "Finding the best views": "正在寻找最佳视图",
    "Laying out {size} x {size} texels": "正在布置 {size} x {size} 个纹素",
    "Colouring the texture": "正在为纹理着色",
    "Filling what no photo shows": "正在填补照片未显示的部分",
    "Filling the margins": "正在填充边距",
    "Texture": "纹理",
    "Unwrap the mesh and paint the photos onto it; else vertices are coloured": "展开网格并将照片绘制到其上;否则为顶点着色",
    "Texture Size": "纹理尺寸",
    "Pixels along a side of the texture, 0 takes as many as the photos hold": "纹理每边的像素数,0 表示与照片所含细节相当",
    "Faces": "面",
    "The textured mesh has at most so many, 0 keeps all": "带纹理网格的最大面数,0 表示保留全部",
    "Quads": "四边形",
    "Lay a new net of quads over the surface; slow": "在表面上重新布置四边形网格;较慢",
    "Blender could not lay the mesh out: {reason}": "Blender 无法展开网格:{reason}",
    "{resolution} voxels a side, {steps} steps, about {memory:.1f} GB beside the photos": (
        "每边 {resolution} 体素,{steps} 步,除照片外约 {memory:.1f} GB"
    ),
    (
        "{resolution} voxels along a side need about {need:.1f} GB with the photos, and the limit is "
        "{limit:.1f} GB. Lower the resolution, or raise Memory Limit"
    ): "每边 {resolution} 体素连同照片约需 {need:.1f} GB,而上限为 {limit:.1f} GB。请降低分辨率或提高“内存上限”",
    "Memory Limit": "内存上限",
    "Gigabytes that a reconstruction may take; photos that do not fit wait on disk, 0 sets no limit": (
        "重建可占用的内存(GB);放不下的照片会暂存到磁盘,0 表示不限制"
    ),
    "Exposure per Photo": "逐张曝光",
    "Learn how bright and how tinted each photo is, for cameras that were not set by hand": (
        "学习每张照片的亮度和色偏,适用于未手动设定的相机"
    ),
    "Refine Poses": "优化位姿",
    "Move cameras to where the field agrees best with their photos, for poses that are a little off": (
        "将摄像机移到场与照片最吻合的位置,适用于略有偏差的位姿"
    ),
    "Refining the pose of {name}": "正在优化 {name} 的位姿",
    "Photos cannot be kept on disk: {reason}. Free some space, or raise the memory limit": (
        "无法将照片暂存到磁盘:{reason}。请释放空间或提高内存上限"
    ),
    (
        "The cameras of '{path}' look away from what they surround. Export them with OpenGL axes: x right, y up, "
        "looking along -z; or set a crop box"
    ): "“{path}”的摄像机背对它们所围绕的物体。请以 OpenGL 坐标轴导出(x 向右,y 向上,沿 -z 观察),或设置裁剪框",
    "{count} photos were left out, {name} among them: no such file, or an empty mask": (
        "已排除 {count} 张照片,其中有 {name}:文件不存在或遮罩为空"
    ),
    "Only {count} photos: the shape is weak where few of them look. Take {enough} or more": (
        "只有 {count} 张照片:在较少照片可见之处形状不可靠。请拍摄 {enough} 张以上"
    ),
    "All photos are within {angle:.0f} degrees: what they do not show is guessed. Walk further around": (
        "所有照片都在 {angle:.0f} 度之内:未显示的部分为推测。请绕行更大范围"
    ),
    "Held-out photos are met at {psnr:.1f} dB only: the poses may be off. Try Refine Poses": (
        "保留照片仅达到 {psnr:.1f} dB:位姿可能有偏差。请尝试“优化位姿”"
    ),
    "{count} masks hide nothing, so their photos say little of the outline. Check the masks": (
        "{count} 个遮罩没有隐藏任何内容,其照片几乎不反映轮廓。请检查遮罩"
    ),
    # Render Field
    "Render Field": "渲染场",
    "Draw the kept field as the scene's camera sees it into a folder. Frames that are there and whole are kept": (
        "按场景摄像机的视角将保留的场绘制到文件夹中。已存在且完整的帧会保留"
    ),
    "Where pictures of the field are written, named by their frame": "场的图片写入位置,以帧号命名",
    "For which frames the scene's camera draws the field": "场景摄像机在哪些帧绘制场",
    "Passes": "通道",
    "Write depth, normals and mask as layers of an EXR file as well": "同时将深度、法线和遮罩写入 EXR 文件的图层",
    "{name} is there already": "{name} 已存在",
    "Choose the photos of a reconstruction, or its field under Field File": "请选择某次重建的照片,或在“场文件”中选择其场",
    "'{name}' is no perspective camera. Choose one that is": "“{name}”不是透视摄像机。请选择透视摄像机",
}
