// Ambient, diffuse and Blinn-Phong specular light, for each lamp; linear light in and out. Formulas: engine/lights.py.

const float PI = 3.14159265358979;

// Share of a light that arrives: 3 x 3 comparisons with its shadow map.
float lit_share(Light light, vec3 position, vec3 normal)
{
  vec3 place = (light.shadow * vec4(position + normal * light.spot.z * 1.5, 1.0)).xyz;
  if (light.place.w == 2.0) {
    place.xy = place.xy / max(place.z, 1e-6) + 0.5;
  }
  if (any(lessThan(place.xy, vec2(0.0))) || any(greaterThan(place.xy, vec2(1.0)))) {
    return 1.0;
  }
  int layer = int(light.axis.w);
  ivec2 size = ivec2(textureSize(shadows, 0).x);
  ivec2 middle = clamp(ivec2(round(place.xy * vec2(size) - 0.5)), ivec2(1), size - 2) + ivec2(0, layer * size.y);
  float nearest = place.z - light.color.w;
  float share = 0.0;
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      share += step(nearest, texelFetch(shadows, middle + ivec2(x, y), 0).r);
    }
  }
  return share / 9.0;
}

// Irradiance on a surface that faces the light, in W/m2, and the direction to it.
vec3 irradiance(Light light, vec3 position, out vec3 to_light)
{
  if (light.place.w == 1.0) {
    to_light = -light.axis.xyz;
    return light.color.rgb;
  }
  vec3 offset = light.place.xyz - position;
  float squared = max(dot(offset, offset), 1e-8);
  to_light = offset * inversesqrt(squared);
  float along = dot(-to_light, light.axis.xyz);
  float share = 1.0;
  if (light.place.w == 2.0) {
    share = smoothstep(0.0, 1.0, (along - light.spot.x) / max(light.spot.y, 1e-6));
  }
  else if (light.place.w == 3.0) {
    share = max(along, 0.0);
  }
  return light.color.rgb * share / squared;
}

// The normal of the texture, in a frame made of how position and texture place change on the screen.
vec3 bend_normal(vec3 normal, vec3 position, vec2 place)
{
  vec3 dx = dFdx(position), dy = dFdy(position);
  vec2 du = dFdx(place), dv = dFdy(place);
  vec3 across = cross(dy, normal), along = cross(normal, dx);
  vec3 tangent = across * du.x + along * dv.x;
  vec3 bitangent = across * du.y + along * dv.y;
  float longest = max(dot(tangent, tangent), dot(bitangent, bitangent));
  if (longest <= 0.0) {
    return normal;
  }
  vec3 bent = texture(normal_texture, place).xyz * 2.0 - 1.0;
  bent.xy *= emission.w;
  mat3 axes = mat3(tangent * inversesqrt(longest), bitangent * inversesqrt(longest), normal);
  return normalize(axes * bent);
}

void main()
{
  vec3 to_eye = frame.eye.w == 1.0 ? -frame.forward.xyz : normalize(frame.eye.xyz - world_position);
  vec3 n = normalize(world_normal);
  if (!gl_FrontFacing) {
    n = -n;
  }
  vec3 smooth_normal = n;
  if ((flags & 2) != 0) {
    n = bend_normal(n, world_position, texture_place);
  }
  vec3 albedo = base.rgb;
  if ((flags & 1) != 0) {
    albedo = texture(base_texture, texture_place).rgb;
  }
  if ((flags & 4) != 0) {
    albedo = vertex_color.rgb;
  }
  float metallic = surface.x, specular = surface.y, exponent = surface.z;
  vec3 diffuse = albedo * (1.0 - metallic);
  vec3 reflected = mix(vec3(0.08 * specular), albedo, metallic);
  vec3 light = frame.ambient.rgb * (diffuse + reflected) + emission.rgb;
  for (int i = 0; i < int(frame.forward.w); i++) {
    vec3 to_light;
    vec3 arriving = irradiance(frame.lights[i], world_position, to_light) * max(dot(n, to_light), 0.0);
    if (arriving == vec3(0.0)) {
      continue;
    }
    if (frame.lights[i].axis.w >= 0.0) {
      arriving *= lit_share(frame.lights[i], world_position, smooth_normal);
    }
    vec3 middle = normalize(to_light + to_eye);
    float highlight = (exponent + 8.0) / (8.0 * PI) * pow(max(dot(n, middle), 0.0), exponent);
    light += arriving * (diffuse / PI + reflected * highlight);
  }
  picture = vec4(light, 1.0);
  geometry = vec4(n, dot(world_position - frame.eye.xyz, frame.forward.xyz));
}
