// What all surfaces of a picture share; std140. Packed by engine/lights.py.

#define MAX_LIGHTS 64

struct Light {
  vec4 place;   // World position; w: 0 point, 1 sun, 2 spot, 3 area.
  vec4 axis;    // Where it shines, unit length; w: number of its shadow map, -1 without.
  vec4 color;   // Radiant intensity in W/sr; of a sun, irradiance in W/m2; w: shadow bias in scene units.
  vec4 spot;    // Cosine of the half angle, width of the soft edge in cosines, size of a shadow texel in scene units, 0.
  mat4 shadow;  // World to shadow map: x and y 0 to 1, z distance from the light in scene units along its axis.
};

struct Frame {
  mat4 world_to_clip;
  vec4 eye;       // Camera position; w: 1 if the camera is orthographic.
  vec4 forward;   // Viewing direction, unit length; w: number of lights.
  vec4 ambient;   // Radiance of the world.
  Light lights[MAX_LIGHTS];
};
