// Places one instance of a mesh as a light sees it.

vec4 instance_texel(int number)
{
  int instance = first_instance + gl_InstanceID;
  return texelFetch(instances, ivec2((instance % 1024) * 8 + number, instance / 1024), 0);
}

void main()
{
  vec4 local = vec4(position, 1.0);
  vec3 place = vec3(dot(instance_texel(0), local), dot(instance_texel(1), local), dot(instance_texel(2), local));
  depth_along = dot(vec4(place, 1.0), depth_row);
  gl_Position = light_to_clip * vec4(place, 1.0);
}
