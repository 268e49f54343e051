// Distance from the light along its axis.
void main()
{
  nearest = depth_along;
}
