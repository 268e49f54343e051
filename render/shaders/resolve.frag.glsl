// Averages scale x scale samples of a pixel over the background; of depth and normal, the nearest sample counts.
void main()
{
  ivec2 first = ivec2(gl_FragCoord.xy - origin) * scale;
  vec4 sum = vec4(0.0);
  vec4 nearest = vec4(0.0, 0.0, 0.0, 1e10);
  for (int y = 0; y < scale; y++) {
    for (int x = 0; x < scale; x++) {
      vec4 color = texelFetch(samples, first + ivec2(x, y), 0);
      vec4 shape = texelFetch(shapes, first + ivec2(x, y), 0);
      sum += color;
      if (color.a > 0.0 && shape.w < nearest.w) {
        nearest = shape;
      }
    }
  }
  sum /= float(scale * scale);
  picture = sum + background * (1.0 - sum.a);
  geometry = nearest;
}
