// Places one instance of a mesh. `instances` holds 8 texels each: 3 rows of the matrix, 3 of that for normals.

vec4 instance_texel(int number)
{
  int instance = first_instance + gl_InstanceID;
  return texelFetch(instances, ivec2((instance % 1024) * 8 + number, instance / 1024), 0);
}

void main()
{
  vec4 local = vec4(position, 1.0);
  world_position = vec3(dot(instance_texel(0), local), dot(instance_texel(1), local), dot(instance_texel(2), local));
  world_normal = vec3(dot(instance_texel(3).xyz, normal), dot(instance_texel(4).xyz, normal),
                      dot(instance_texel(5).xyz, normal));
  vertex_color = color;
  texture_place = uv;
  gl_Position = frame.world_to_clip * vec4(world_position, 1.0);
}
