package io.thaw.bench.image;

import java.util.List;
import java.util.stream.Stream;

/// What an image is made of: a Debian base, layers of wheels above it, and a program.
enum BenchImage {
  /// torch for CPUs: 4 layers, about 0.3 GB.
  MLCPU,

  /// torch with all of CUDA: 9 layers, about 3.4 GB.
  MLCUDA;

  /// Wheels that make one layer together.
  record WheelLayer(String title, List<Wheel> wheels) {}

  /// The layers between base and program, the lowest first.
  List<WheelLayer> layers() {
    return switch (this) {
      case MLCPU ->
          List.of(
              layer("numpy & co", Parts.NUMPY),
              layer(
                  "torch",
                  Stream.concat(Stream.of("torch==2.13.0+cpu"), Parts.TORCH_NEEDS.stream())
                      .toList()));
      case MLCUDA ->
          List.of(
              layer("cuda-core", Parts.CUDA_CORE),
              layer("cuda-math", Parts.CUDA_MATH),
              layer("cudnn", List.of("nvidia-cudnn-cu13==9.24.0.43")),
              layer("nccl", List.of("nvidia-nccl-cu13==2.30.7", "nvidia-nvshmem-cu13==3.4.5")),
              layer("numpy & co", Parts.NUMPY),
              layer(
                  "torch",
                  Stream.concat(
                          Stream.of("torch==2.14.1", "triton==3.8.0", "torchvision==0.29.1"),
                          Parts.TORCH_NEEDS.stream())
                      .toList()),
              layer("hf", Parts.HUGGING_FACE));
    };
  }

  private static WheelLayer layer(String title, List<String> wheels) {
    return new WheelLayer(title, wheels.stream().map(Wheel::parse).toList());
  }

  /// Lists that more than one image needs, or that are long.
  private static final class Parts {
    static final List<String> NUMPY =
        List.of(
            "numpy==2.4.1",
            "pandas==2.2.3",
            "scipy==1.17.0",
            "scikit-learn==1.6.1",
            "pillow==11.3.0");
    static final List<String> TORCH_NEEDS =
        List.of(
            "filelock==4.0.8",
            "fsspec==2026.6.0",
            "jinja2==3.1.6",
            "markupsafe==3.0.3",
            "mpmath==1.3.0",
            "networkx==3.6.1",
            "setuptools==80.9.0",
            "sympy==1.14.0",
            "typing-extensions==4.16.0");
    static final List<String> CUDA_CORE =
        List.of(
            "nvidia-cublas==13.1.1.3",
            "nvidia-cuda-runtime==13.0.96",
            "nvidia-cuda-nvrtc==13.0.88",
            "nvidia-cuda-cupti==13.0.85",
            "nvidia-nvjitlink==13.4.92",
            "nvidia-nvtx==13.0.85",
            "nvidia-cufile==1.15.1.6",
            "nvidia-nvvm==13.0.88",
            "nvidia-cuda-nvcc==13.0.88",
            "nvidia-cuda-cccl==13.0.85",
            "nvidia-cuda-crt==13.0.88");
    static final List<String> CUDA_MATH =
        List.of(
            "nvidia-cufft==12.0.0.61",
            "nvidia-curand==10.4.0.35",
            "nvidia-cusolver==12.0.4.66",
            "nvidia-cusparse==12.6.3.3",
            "nvidia-cusparselt-cu13==0.8.1");
    static final List<String> HUGGING_FACE =
        List.of(
            "transformers==4.57.6",
            "tokenizers==0.22.2",
            "safetensors==0.8.0",
            "huggingface-hub==1.33.0",
            "pyarrow==25.0.1",
            "opencv-python-headless==5.0.0.93");
  }
}
